import { api } from "/api.js";

const credentials = new URLSearchParams({ username: "alice", password: "wonderland" });

// The way of cookies: `credentials: "include"` is all.
const cookie = {
  login: () => withCookie("/login", { method: "POST", body: credentials }),
  me: () => withCookie("/me"),
  logout: () => withCookie("/logout", { method: "POST" }),
};

function withCookie(path, options = {}) {
  return fetch(api + path, { ...options, credentials: "include" });
}

// The way of the header: the script keeps the tokens in memory, sends them and refreshes them.
let tokens = {};

const header = {
  async login() {
    const answer = await fetch(api + "/token", { method: "POST", body: credentials });
    if (answer.ok) tokens = await answer.clone().json();
    return answer;
  },
  me: () => withHeader("/me"),
  async logout() {
    const answer = await withHeader("/logout", { method: "POST" });
    if (answer.ok) tokens = {};
    return answer;
  },
};

async function withHeader(path, options = {}) {
  let answer = await send(path, options, tokens.access_token);
  if (answer.status === 401 && tokens.refresh_token && (await refresh())) {
    answer = await send(path, options, tokens.access_token);
  }
  return answer;
}

function send(path, options, token) {
  return fetch(api + path, { ...options, headers: token ? { Authorization: `Bearer ${token}` } : {} });
}

// One refresh at a time, however many requests wait for it.
let refreshing;

function refresh() {
  refreshing ??= (async () => {
    const answer = await send("/refresh", { method: "POST" }, tokens.refresh_token);
    if (answer.ok) tokens = await answer.json();
    return answer.ok;
  })().finally(() => (refreshing = undefined));
  return refreshing;
}

for (const [id, actions] of Object.entries({ cookie, header })) {
  const section = document.getElementById(id);
  for (const [name, action] of Object.entries(actions)) {
    section.querySelector(`[name=${name}]`).onclick = async () => {
      const answer = await action().catch((error) => new Response(String(error), { status: 599 }));
      section.querySelector("output").textContent = `${answer.status} ${await answer.text()}`;
    };
  }
}

//! The table and its rows.

use jwtauth::{PostgresStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};
use rocket::tokio::spawn;

use super::{ENDS, NOW, by_hand, causes, connect, refusal, server, session, step, table};

#[test]
fn postgres_store_creates_table_once_for_concurrent_launches() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let client = by_hand(server).await;
        for _ in 0..5 {
            let table = table();
            let launches: Vec<_> = (0..12)
                .map(|_| {
                    let url = server.url(&format!("table={table}&max_connections=1"));
                    spawn(async move { connect(&url).await })
                })
                .collect();
            let mut stores = Vec::new();
            for launch in launches {
                stores.push(launch.await.expect("a launch"));
            }
            let session = session("alice");
            stores[0].create(&session, None).await.expect("create");
            for store in &stores {
                assert_eq!(store.get(session.id).await.expect("get").as_ref(), Some(&session));
            }
            let sql = "SELECT count(*) FROM pg_indexes WHERE tablename = $1";
            assert_eq!(client.query_one(sql, &[&table]).await.expect("indexes").get::<_, i64>(0), 2);
        }
    });
}

#[test]
fn postgres_store_uses_table_in_schema_over_socket() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let client = by_hand(server).await;
        assert!(refusal(&server.url("table=elsewhere.user")).await.contains("schema \"elsewhere\" does not exist"));
        client.batch_execute("CREATE SCHEMA elsewhere").await.expect("a schema");
        let session = session("alice");
        connect(&server.url("table=elsewhere.user")).await.create(&session, None).await.expect("create");
        let store = connect(&server.socket_url("table=elsewhere.user")).await;
        assert_eq!(store.get(session.id).await.expect("get"), Some(session));
    });
}

#[test]
fn postgres_store_refuses_unsuitable_table() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let client = by_hand(server).await;
        for (change, expected) in [
            ("DROP COLUMN ends_at", "has no column `ends_at`"),
            ("DROP COLUMN key_id, ADD COLUMN key_id text", "`key_id` is `text`, and not `bytea`"),
            ("ALTER COLUMN userid TYPE text USING ''", "`userid` is `text`, and not `bytea`"),
            ("ALTER COLUMN generation TYPE integer", "`generation` is `integer`, and not `bigint`"),
            ("ALTER COLUMN nonce_digest SET NOT NULL", "`nonce_digest` is NOT NULL"),
            ("ADD COLUMN tenant integer NOT NULL", "`tenant` wants a value"),
            ("DROP CONSTRAINT %_pkey", "`id` has no unique index"),
        ] {
            let table = table();
            let url = server.url(&format!("table={table}"));
            connect(&url).await;
            let change = change.replace('%', &table);
            client.batch_execute(&format!("ALTER TABLE {table} {change}")).await.expect("a change");
            let why = refusal(&url).await;
            assert!(why.contains(expected) && why.contains(&table), "{why}");
        }
        let table = table();
        client.batch_execute(&format!("CREATE VIEW {table} AS SELECT 1 AS id")).await.expect("a view");
        assert!(refusal(&server.url(&format!("table={table}"))).await.contains("cannot hold sessions"));
    });
}

/// The SQL of the first version's table.
fn first_version(table: &str) -> String {
    format!(
        "CREATE TABLE {table} (
             id bytea NOT NULL PRIMARY KEY, userid bytea NOT NULL, generation bigint NOT NULL, created bigint NOT NULL,
             refreshed bigint NOT NULL, ends_at bigint NOT NULL, nonce_digest bytea, label bytea NOT NULL
         ) WITH (fillfactor = 85);
         CREATE INDEX ON {table} USING hash (userid);
         INSERT INTO {table} VALUES ('\\x{}', 'alice', 3, {NOW}, {NOW}, {ENDS}, NULL, 'curl'),
                                    ('\\x{}', 'bob', 0, {NOW}, {NOW}, {ENDS}, NULL, 'curl')",
        "07".repeat(16),
        "08".repeat(16)
    )
}

#[test]
fn postgres_store_completes_first_version_table_concurrently() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        client.batch_execute(&first_version(&table)).await.expect("a table");
        let launches: Vec<_> = (0..12)
            .map(|_| {
                let url = server.url(&format!("table={table}&max_connections=1"));
                spawn(async move { connect(&url).await })
            })
            .collect();
        let mut stores = Vec::new();
        for launch in launches {
            stores.push(launch.await.expect("a launch"));
        }
        let [alice, bob] = [7, 8].map(|byte| SessionId::from_bytes([byte; 16]));
        let mut expected = SessionRecord::new(alice, "alice", NOW, ENDS);
        (expected.generation, expected.label) = (3, "curl".into());
        // Each generation before the current one was presented in turn.
        (expected.proven, expected.proven_at, expected.previous) = (2, NOW, Some(1));
        assert_eq!(stores[0].get(alice).await.expect("get").as_ref(), Some(&expected));
        assert_eq!(stores[1].list("alice", NOW).await.expect("list"), [expected.clone()]);
        assert_eq!(stores[2].advance(alice, step(3)).await.expect("advance"), RefreshOutcome::Next { generation: 4 });
        let mut row = expected;
        (row.generation, row.key_id) = (4, Some([1; 16]));
        (row.proven, row.proven_at, row.previous) = (3, NOW, Some(2));
        assert_eq!(stores[3].end(alice).await.expect("end"), Some(row));
        assert_eq!(stores[4].advance(bob, step(7)).await.expect("advance"), RefreshOutcome::Reused);
        assert!(stores[5].find_reuse(bob).await.expect("find_reuse").is_some());
        // A node of the first version still writes rows.
        let insert = format!(
            "INSERT INTO {table} (id, userid, generation, created, refreshed, ends_at, nonce_digest, label)
             VALUES ('\\x{}', 'carol', 0, {NOW}, {NOW}, {ENDS}, NULL, '')",
            "09".repeat(16)
        );
        client.batch_execute(&insert).await.expect("a row");
        assert_eq!(stores[6].list("carol", NOW).await.expect("list").len(), 1);
    });
}

#[test]
fn postgres_store_names_sql_if_role_may_not_complete_table() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        client.batch_execute(&first_version(&table)).await.expect("a table");
        let role = format!(
            "CREATE ROLE {table} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {table}"
        );
        client.batch_execute(&role).await.expect("a role");
        let url = format!("postgres://{table}:x@127.0.0.1:{}/postgres?table={table}", server.port());
        let why = refusal(&url).await;
        let columns = [
            "key_id bytea",
            "reused boolean",
            "proven bigint",
            "proven_at bigint",
            "previous bigint",
            "carried bytea",
            "auth_time bigint",
        ];
        let columns = columns.map(|column| format!("ADD COLUMN IF NOT EXISTS {column}"));
        let alter = format!("ALTER TABLE \"{table}\" {}", columns.join(", "));
        assert!(why.contains("`key_id`, `reused`, `proven`") && why.contains(&alter), "{why}");
        client.batch_execute(&alter).await.expect("what it says");
        connect(&url).await;
    });
}

/// In a row of an earlier version, the client has generation 3, or 2 if the last response was lost.
#[test]
fn postgres_store_continues_row_without_proof() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        let store = connect(&server.url(&format!("table={table}"))).await;
        let old = async || {
            let mut session = session("alice");
            (session.generation, session.refreshed) = (3, NOW - 5);
            store.create(&session, None).await.expect("create");
            let forget =
                format!("UPDATE {table} SET proven = NULL, proven_at = NULL, previous = NULL, auth_time = NULL");
            client.batch_execute(&format!("{forget} WHERE generation = 3")).await.expect("a change");
            session.id
        };
        let repeated = RefreshOutcome::Repeated { generation: 3, ends_at: ENDS };
        let (next, unchanged) = (RefreshOutcome::Next { generation: 4 }, (2, NOW - 5, Some(1)));
        for (presented, now, expected, generation, proof) in [
            (3, NOW, next, 4, (3, NOW, Some(2))),
            (2, NOW, repeated, 3, unchanged),
            (2, NOW + 100, next, 4, unchanged),
            (1, NOW, RefreshOutcome::Refused, 3, unchanged),
        ] {
            let id = old().await;
            let step = RefreshStep { now, ..step(presented) };
            assert_eq!(store.advance(id, step).await.expect("advance"), expected, "{presented} at {now}");
            let row = store.get(id).await.expect("get").expect("a row");
            let found = (row.generation, (row.proven, row.proven_at, row.previous));
            assert_eq!(found, (generation, proof), "{presented} at {now}");
        }
        assert_eq!(store.advance(old().await, step(0)).await.expect("advance"), RefreshOutcome::Reused);
        let id = old().await;
        store.prove(id, 3, NOW).await.expect("prove");
        let row = store.get(id).await.expect("get").expect("a row");
        assert_eq!((row.proven, row.proven_at, row.previous), (3, NOW, Some(2)));
    });
}

#[test]
fn row_keeps_columns_that_this_version_does_not_know() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        let url = server.url(&format!("table={table}"));
        let (store, session) = (connect(&url).await, session("alice"));
        store.create(&session, None).await.expect("create");
        client.batch_execute(&format!("ALTER TABLE {table} ADD COLUMN data text")).await.expect("a change");
        client.batch_execute(&format!("UPDATE {table} SET data = 'x'")).await.expect("a change");
        assert_eq!(store.advance(session.id, step(0)).await.expect("advance"), RefreshOutcome::Next { generation: 1 });
        connect(&url).await;
        let row = client.query_one(&format!("SELECT data FROM {table}"), &[]).await.expect("a row");
        assert_eq!(row.get::<_, &str>(0), "x");
    });
}

#[test]
fn postgres_store_accepts_additional_columns() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        let url = server.url(&format!("table={table}"));
        connect(&url).await;
        let more = "ADD COLUMN note text, ADD COLUMN at timestamptz NOT NULL DEFAULT now()";
        client.batch_execute(&format!("ALTER TABLE {table} {more}")).await.expect("a change");
        let (store, session) = (connect(&url).await, session("alice"));
        store.create(&session, None).await.expect("create");
        assert_eq!(store.get(session.id).await.expect("get"), Some(session));
    });
}

#[test]
fn postgres_store_needs_only_rights_on_its_table() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        client.batch_execute(&format!("CREATE ROLE {table} LOGIN PASSWORD 'x'")).await.expect("a role");
        let url = format!("postgres://{table}:x@127.0.0.1:{}/postgres?table={table}", server.port());
        assert!(refusal(&url).await.contains("permission denied"));
        connect(&server.url(&format!("table={table}"))).await;
        client.batch_execute(&format!("GRANT SELECT, INSERT, UPDATE ON {table} TO {table}")).await.expect("a grant");
        assert!(refusal(&url).await.contains(&format!("may not DELETE in the table \"{table}\"")));
        client.batch_execute(&format!("GRANT DELETE ON {table} TO {table}")).await.expect("a grant");
        let (store, session) = (connect(&url).await, session("alice"));
        store.create(&session, None).await.expect("create");
        store.advance(session.id, step(0)).await.expect("advance");
        assert!(store.end(session.id).await.expect("end").is_some());
        client.batch_execute(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await.expect("a change");
        assert!(refusal(&url).await.contains("row level security"));
    });
}

#[test]
fn postgres_store_keeps_any_text_and_refuses_invalid_rows() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        let store = connect(&server.url(&format!("table={table}"))).await;
        let mut given = session(&format!("a\0b\\x00{}", "ü".repeat(100_000)));
        given.label = "a\0b".into();
        store.create(&given, None).await.expect("create");
        assert_eq!(store.list(&given.userid, NOW).await.expect("list"), [given.clone()]);
        // A number that is too large is an error, and is not changed.
        let too_late = SessionRecord::new(session("").id, "bob", NOW, u64::MAX);
        assert!(causes(&store.create(&too_late, None).await.expect_err("too much")).contains("bigint"));
        assert!(store.list("bob", u64::MAX).await.is_err());
        assert_eq!(store.purge(NOW - 1).await.expect("purge"), 0);
        assert_eq!(store.purge(0).await.expect("purge"), 0);
        // Another program wrote an invalid row.
        for (change, column) in [
            ("generation = -1", "generation"),
            ("userid = '\\xff'", "userid"),
            ("label = '\\xff'", "label"),
            ("nonce_digest = '\\x00'", "nonce_digest"),
            ("key_id = '\\x00'", "key_id"),
            ("proven = -1", "proven"),
            ("proven_at = NULL", "proven_at"),
            ("previous = -1", "previous"),
            ("carried = '\\xff'", "carried"),
            ("auth_time = -1", "auth_time"),
        ] {
            let session = session("carol");
            store.create(&session, None).await.expect("create");
            let sql = format!("UPDATE {table} SET {change} WHERE id = $1");
            client.execute(&sql, &[&session.id.as_bytes().as_slice()]).await.expect("a change");
            let why = causes(&store.get(session.id).await.expect_err("no sense"));
            assert!(why.contains(&format!("`{column}`")), "{why}");
            // The invalid row can still be removed.
            store.end(session.id).await.expect_err("no sense");
            assert_eq!(store.end(session.id).await.expect("end"), None);
        }
        // The id already exists: the row does not change.
        let again = SessionRecord::new(given.id, "mallory", NOW, ENDS);
        assert!(store.create(&again, None).await.is_err());
        assert_eq!(store.get(given.id).await.expect("get"), Some(given));
    });
}

#[test]
fn postgres_store_purge_covers_the_whole_table() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        let store = connect(&server.url(&format!("table={table}"))).await;
        // These are about 25 MB, in several batches.
        let sql = format!(
            "INSERT INTO {table} SELECT sha256(int4send(i)), 'user', 0, 1000, 1000, 2000 + i % 2, NULL, repeat('x', 60)::bytea
             FROM generate_series(1, 120000) AS i"
        );
        client.execute(&sql, &[]).await.expect("rows");
        assert_eq!(store.purge(2000 + SessionRecord::KEPT - 1).await.expect("purge"), 0);
        assert_eq!(store.purge(2000 + SessionRecord::KEPT).await.expect("purge"), 60_000);
        assert_eq!(store.purge(2000 + SessionRecord::KEPT).await.expect("purge"), 0);
        let plan =
            format!("EXPLAIN SELECT id FROM {table} WHERE ctid >= '(0,0)'::text::tid AND ctid < '(9,0)'::text::tid");
        let plan = client.query(&plan, &[]).await.expect("a plan");
        let plan: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
        assert!(plan[0].contains("Tid Range Scan"), "{plan:?}");
        assert_eq!(store.purge(2001 + SessionRecord::KEPT).await.expect("purge"), 60_000);
    });
}

#[test]
fn postgres_store_debug_output_shows_no_url() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let store = PostgresStore::open(&server.url("")).await.expect("a store");
        assert_eq!(format!("{store:?}"), "PostgresStore");
    });
}

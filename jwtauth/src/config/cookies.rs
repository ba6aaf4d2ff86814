//! Reads the settings of cookies.

use rocket::http::SameSite;

use super::cookies_config::CookiesConfig;
use super::names::{COOKIES, OF_COOKIES};
use super::origin::{is_host, is_insecure, is_origin};
use super::sessions::Refreshing;
use super::settings::Settings;

const NAME: &str = "jwtauth";

/// The settings of cookies. `None` without the table.
pub(super) fn read(settings: &mut Settings<'_>, refreshing: &Refreshing) -> Option<CookiesConfig> {
    if !settings.is_set(COOKIES) {
        return None;
    }
    check_refreshing(settings, refreshing);
    let mut table = settings.open(COOKIES)?;
    let is_debug = *table.figment.profile() == rocket::Config::DEBUG_PROFILE;
    let has_tls = rocket::Config::try_from(table.figment).is_ok_and(|config| config.tls_enabled());
    let secure = has_tls || !is_debug;
    let name = name(&mut table);
    let same_site = same_site(&mut table, secure);
    let domain = domain(&mut table);
    let origins = origins(&mut table);
    let allow_missing_origin = table.flag("allow_missing_origin").is_some_and(|setting| setting.value);
    let login_url = local_url(&mut table, "login_url", "/login");
    let confirm_url = local_url(&mut table, "confirm_url", "/confirm");
    let prefix = match (secure, &domain) {
        (false, _) => "",
        (true, Some(_)) => "__Secure-",
        (true, None) => "__Host-",
    };
    if !secure {
        table.warn(format!(
            "the cookies are `{name}` and `{name}-refresh`, without `Secure` and a prefix, because this is the debug \
             profile without TLS; other profiles never accept them"
        ));
    }
    settings.close(table, &OF_COOKIES);
    let access_name = format!("{prefix}{name}");
    let refresh_name = format!("{access_name}-refresh");
    let mut attributes = format!("; Path=/; HttpOnly; SameSite={same_site}");
    if secure {
        attributes.push_str("; Secure");
    }
    if let Some(domain) = &domain {
        attributes.push_str("; Domain=");
        attributes.push_str(domain);
    }
    Some(CookiesConfig {
        name,
        same_site,
        domain,
        origins,
        allow_missing_origin,
        login_url,
        confirm_url,
        secure,
        access_name,
        refresh_name,
        attributes,
    })
}

fn check_refreshing(settings: &mut Settings<'_>, refreshing: &Refreshing) {
    if refreshing.allow.is_none() && !settings.faults_on("allow_refresh") {
        let problem = "is not set, and cookies renew themselves by refreshing";
        let remedy = "write `allow_refresh = true`, or `false` for logins that end when their token expires";
        settings.fault("allow_refresh", refreshing.allow_origin.as_ref(), problem, remedy);
    }
    if refreshing.verifies_expiration && !settings.faults_on("verify_expiration_on_refresh") {
        settings.fault(
            "verify_expiration_on_refresh",
            refreshing.verifies_expiration_origin.as_ref(),
            "is on, and a cookie is renewed after its token has expired",
            format!("remove it, or remove `[default.jwtauth.{COOKIES}]`"),
        );
    }
}

fn name(table: &mut Settings<'_>) -> String {
    let Some(setting) = table.text("name") else {
        return NAME.to_owned();
    };
    // The characters of a token in RFC 9110 §5.6.2. Rocket decodes `%` in the names of cookies.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
    let remedy = "write a word of letters, digits, `-` and `_`, such as `shop`";
    if !setting.value.bytes().all(is_token) {
        table.fault("name", Some(&setting.origin), "has characters that the name of a cookie cannot have", remedy);
    } else if setting.value.starts_with("__") {
        let problem = "begins with `__`, as the prefixes do that browsers give a meaning";
        table.fault("name", Some(&setting.origin), problem, "leave the prefix out: `__Host-` is added");
    } else if setting.value.len() > 64 {
        table.fault("name", Some(&setting.origin), "has more than 64 bytes", remedy);
    }
    setting.value
}

fn same_site(table: &mut Settings<'_>, secure: bool) -> SameSite {
    let Some(setting) = table.text("same_site") else {
        return SameSite::Lax;
    };
    match setting.value.to_ascii_lowercase().as_str() {
        "lax" => SameSite::Lax,
        "strict" => SameSite::Strict,
        "none" if secure => SameSite::None,
        "none" => {
            table.warn(
                "`cookies.same_site` is `Lax` here: browsers accept `None` only with `Secure`, which the debug profile \
                 has only with TLS",
            );
            SameSite::Lax
        }
        _ => {
            let remedy = "write `\"Lax\"`, `\"Strict\"` or `\"None\"`";
            table.fault("same_site", Some(&setting.origin), "is not a value of `SameSite`", remedy);
            SameSite::Lax
        }
    }
}

fn domain(table: &mut Settings<'_>) -> Option<String> {
    let setting = table.text("domain")?;
    // Browsers ignore the cookie of another address.
    let is_address = setting.value.parse::<std::net::Ipv4Addr>().is_ok();
    if !is_host(&setting.value) || !setting.value.contains('.') || is_address {
        let remedy = "write a name such as `example.com`, without a scheme, a port and a leading dot";
        table.fault("domain", Some(&setting.origin), "is not a domain", remedy);
        return None;
    }
    table.warn(format!(
        "`cookies.domain` gives the cookies to every host of {0}, and every host of {0} can set them: trust all of them, or \
         remove the setting",
        setting.value
    ));
    Some(setting.value)
}

fn origins(table: &mut Settings<'_>) -> Vec<String> {
    let Some(setting) = table.texts("origins") else {
        return Vec::new();
    };
    if let Some(wrong) = setting.value.iter().find(|origin| !is_origin(origin)) {
        let problem = format!("has `{}`, which is not an origin", wrong.escape_debug());
        let remedy = "write origins as browsers do, in lower case and without a path: `https://app.example`";
        table.fault("origins", Some(&setting.origin), problem, remedy);
    }
    let is_debug = *table.figment.profile() == rocket::Config::DEBUG_PROFILE;
    if let Some(origin) = setting.value.iter().find(|origin| is_insecure(origin)).filter(|_| !is_debug) {
        table.warn(format!(
            "`cookies.origins` has `{}`: whoever controls the network can write the pages of an origin without HTTPS",
            origin.escape_debug()
        ));
    }
    setting.value
}

/// A page of the application.
fn local_url(table: &mut Settings<'_>, name: &str, example: &str) -> Option<String> {
    let setting = table.text(name)?;
    let is_printable = setting.value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_local = setting.value.starts_with('/') && !setting.value.starts_with("//");
    let is_uri = rocket::http::uri::Origin::parse(&setting.value).is_ok();
    if !is_printable || !is_local || !is_uri || setting.value.contains('#') {
        let remedy = format!("write a path of this site, such as `{example}`");
        table.fault(name, Some(&setting.origin), "is not a path of this site", remedy);
        return None;
    }
    Some(setting.value)
}

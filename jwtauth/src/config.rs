//! Reads the settings and builds the configuration at launch.

mod check;
mod cookies;
mod cookies_config;
mod deciding;
mod error;
mod findings;
mod grant;
#[cfg(feature = "issuers")]
mod issuer_config;
#[cfg_attr(not(feature = "issuers"), path = "config/no_issuers.rs")]
mod issuers;
mod key_file;
mod key_settings;
mod keys;
mod material;
mod misplaced;
mod names;
mod nearest;
mod numbers;
mod origin;
mod policy;
#[cfg(feature = "cli")]
mod report;
mod reread;
mod resource;
mod resource_config;
mod rolling;
mod secret_text;
mod sessions;
mod sessions_config;
mod settings;
mod tables;
#[cfg(feature = "issuers")]
mod tenants;
mod texts;
mod times;
mod userids;
mod values;
mod warnings;

pub(crate) use self::check::Checked;
pub use self::cookies_config::CookiesConfig;
pub use self::error::{ConfigError, ConfigFault};
pub(crate) use self::grant::Grant;
#[cfg(feature = "issuers")]
pub use self::issuer_config::IssuerConfig;
pub(crate) use self::key_file::KeyFile;
pub(crate) use self::key_settings::KeySettings;
#[cfg(feature = "cli")]
pub(crate) use self::report::{SecretSize, origin_of_warning, secret_sizes};
pub(crate) use self::reread::Reread;
pub use self::resource_config::ResourceConfig;
pub(crate) use self::sessions::{Where, session_settings};
pub use self::sessions_config::SessionsConfig;
#[cfg(feature = "issuers")]
pub use self::tenants::Tenants;
pub use self::userids::UserIds;
pub use self::values::Config;

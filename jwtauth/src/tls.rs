//! The TLS configuration of connections to a store. It always uses its own cryptographic provider and never installs
//! one for the whole process. That choice belongs to the application.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};

/// A parameter of the URL, and the file that it names.
pub(crate) type Named<'f> = (&'static str, &'f Path);

/// Why the configuration cannot be created, and how to fix that.
#[derive(Debug)]
pub(crate) struct TlsSetupError {
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl TlsSetupError {
    fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        TlsSetupError { problem: problem.into(), remedy: remedy.into() }
    }
}

/// Creates a configuration that verifies the server's certificate and name. `roots` is a file of trusted authorities;
/// without it, the system's authorities are trusted. `identity` is the client's certificate and its private key.
pub(crate) fn client_config(
    roots: Option<Named<'_>>,
    identity: Option<(Named<'_>, Named<'_>)>,
) -> Result<ClientConfig, TlsSetupError> {
    let trusted = match roots {
        Some(file) => certificates(file)?,
        // Certificates that cannot be read are skipped.
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    if store.add_parsable_certificates(trusted).0 == 0 {
        return Err(match roots {
            Some((parameter, path)) => TlsSetupError::new(
                format!("`{parameter}` names a file without a usable certificate ({})", path.display()),
                "name a PEM file with the certificate of the authority that signed the server's",
            ),
            None => TlsSetupError::new(
                "the system has no trusted certificates",
                "install the package `ca-certificates`, or name a file of certificates in the URL",
            ),
        });
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsSetupError::new(format!("TLS is not possible: {error}"), "update `rustls`"))?
        .with_root_certificates(store);
    let Some((cert, key)) = identity else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(cert)?;
    let private = PrivateKeyDer::from_pem_file(key.1).map_err(|error| unreadable(key, &error, "a private key"))?;
    builder.with_client_auth_cert(chain, private).map_err(|error| {
        let problem = format!("the certificate in `{}` and the key in `{}` cannot be used: {error}", cert.0, key.0);
        TlsSetupError::new(problem, "name a certificate and the private key that belongs to it")
    })
}

/// How to fix a TLS failure. `ca` is the URL parameter that names a file of authorities. `off` is the form of the URL
/// that turns TLS off.
pub(crate) fn remedy(error: &TlsError, ca: &str, off: &str) -> String {
    match error {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            format!("name the certificate of the authority that signed the server's, with `{ca}`")
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "write a host that the server's certificate names".to_owned(),
        TlsError::InvalidCertificate(_) => "give the server a valid certificate".to_owned(),
        TlsError::InvalidMessage(_) => format!("write the port with TLS, or `{off}` if there is none"),
        TlsError::AlertReceived(_) => "look into the server's log; it may ask clients for a certificate".to_owned(),
        _ => "check the TLS settings of the server".to_owned(),
    }
}

fn certificates(file: Named<'_>) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let read = |path| CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let found = read(file.1).map_err(|error| unreadable(file, &error, "certificates"))?;
    if found.is_empty() {
        return Err(unreadable(file, &PemError::NoItemsFound, "certificates"));
    }
    Ok(found)
}

fn unreadable((parameter, path): Named<'_>, error: &PemError, expected: &str) -> TlsSetupError {
    let path = path.display();
    match error {
        PemError::Io(error) => TlsSetupError::new(
            format!("`{parameter}` names a file that cannot be read ({path}): {error}"),
            "check the path, which is relative to the file that contains the setting, and its permissions",
        ),
        PemError::NoItemsFound => TlsSetupError::new(
            format!("`{parameter}` names a file without {expected} ({path})"),
            format!("name a PEM file with {expected}"),
        ),
        error => TlsSetupError::new(
            format!("`{parameter}` names a file that is not valid PEM ({path}): {error}"),
            format!("name a PEM file with {expected}"),
        ),
    }
}

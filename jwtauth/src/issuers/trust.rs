//! The authorities whose certificates are trusted.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::fetch_error::FetchError;

/// Trusts the system's authorities, or those in the file that `SSL_CERT_FILE` names.
pub(super) fn system() -> Result<TlsConnector, FetchError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    // Certificates that can't be read are skipped.
    if roots.add_parsable_certificates(found.certs).0 == 0 {
        let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(FetchError::new(
            format!("this system has no certificate of an authority to check the server's with{why}"),
            "install them (often the package `ca-certificates`), or name a file of them in the environment variable \
             `SSL_CERT_FILE`",
        ));
    }
    only(roots)
}

/// Trusts only these authorities.
pub(super) fn only(roots: RootCertStore) -> Result<TlsConnector, FetchError> {
    // The provider of the process belongs to the application.
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::failed("TLS can't be set up", &error, "report this as a fault of jwtauth"))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // TLS sessions are cached by host name without the port, so a ticket of one server would be sent to another.
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The authorities in a PEM file. Returns `None` if it has no usable certificate, or any that is not readable.
pub(crate) fn authorities(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.ok()?).ok()?;
    }
    (!roots.is_empty()).then_some(roots)
}

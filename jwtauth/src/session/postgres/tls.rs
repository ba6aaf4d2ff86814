use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::StoreError;

/// How the server shows that it is the one that is meant.
pub(super) enum Tls {
    /// Not at all.
    Off,
    /// With a certificate for its name, from an authority that this file names, or the system.
    Verified { roots: Option<PathBuf> },
}

impl Tls {
    /// What connects by TLS, if that is how to.
    pub(super) fn connector(&self) -> Result<Option<MakeRustlsConnect>, StoreError> {
        let Tls::Verified { roots } = self else {
            return Ok(None);
        };
        let certificates = match roots {
            Some(path) => {
                let read = |path| CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
                read(path).map_err(|error| StoreError::new(format!("`sslrootcert` can't be read: {error}")))?
            }
            // Certificates that can't be read are trusted no more than those that are not there.
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut store = RootCertStore::empty();
        if store.add_parsable_certificates(certificates).0 == 0 {
            let which = if roots.is_some() { "`sslrootcert` has" } else { "the system has" };
            return Err(StoreError::new(format!("{which} no certificate that the server's could come from")));
        }
        // Which provider is the process's own is the application's business.
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(StoreError::new)?
            .with_root_certificates(store)
            .with_no_client_auth();
        // What PostgreSQL 17 asks for where TLS begins at once (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Some(MakeRustlsConnect::new(config)))
    }
}

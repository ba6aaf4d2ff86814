//! An HTTP proxy in front of an issuer.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::Builder;
use hyper::header;
use hyper::{Request, upgrade};
use hyper_util::rt::TokioIo;

use super::fetch_error::FetchError;
use super::http::Driver;
use super::network::Connection;
use super::url::Url;

/// The maximum size of the headers of the proxy's response in bytes.
const MAX_HEAD: usize = 16 * 1024;

const REMEDY: &str = "check `proxy`, and that the proxy allows connections to this host and port";

/// Opens a tunnel to the server of the URL (RFC 9110 §9.3.6). The connection leads to the proxy.
pub(super) async fn tunnel(connection: Connection, proxy: &Url, url: &Url) -> Result<Connection, FetchError> {
    let failed = |error: hyper::Error| {
        let what = format!("the exchange with the proxy `{}` failed", proxy.authority());
        FetchError::failed(&what, &error, REMEDY)
    };
    let server = format!("{}:{}", url.written_host(), url.port());
    let request = Request::connect(&server).header(header::HOST, &server).body(Empty::<Bytes>::new());
    let request =
        request.map_err(|_| FetchError::new(format!("no request can be made for {url}"), "check this URL"))?;
    let (mut sender, driver) =
        Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(connection)).await.map_err(failed)?;
    let _driver = Driver::of(driver.with_upgrades());
    let response = sender.send_request(request).await.map_err(failed)?;
    if !response.status().is_success() {
        let status = response.status().as_u16();
        let problem = format!("the proxy `{}` answers with the status {status}", proxy.authority());
        return Err(FetchError::new(problem, REMEDY));
    }
    Ok(Box::new(TokioIo::new(upgrade::on(response).await.map_err(failed)?)))
}

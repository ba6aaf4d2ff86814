//! The body of a response: chunked or not, compressed or not, and limited in size.

use std::io::{self, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};

use super::fetch_error::FetchError;
use super::url::Url;

/// The maximum size of a response body in bytes, before and after decompression. It is enough for a thousand keys.
pub(super) const MAX_BODY: usize = 256 * 1024;

/// Reads the body, and decompresses it.
pub(super) async fn read(response: Response<Incoming>, url: &Url) -> Result<Vec<u8>, FetchError> {
    let (head, body) = response.into_parts();
    let coding = coding(&head.headers).map_err(|names| {
        let names: String = names.chars().take(64).flat_map(char::escape_debug).collect();
        FetchError::new(
            format!("{url} is answered with the encoding `{names}`, which was not asked for"),
            "configure the server not to compress it, or to use gzip",
        )
    })?;
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large(url)),
        Err(error) => {
            return Err(FetchError::failed(&format!("the answer of {url} was cut off"), &*error, "check the server"));
        }
    };
    match coding {
        Some(coding) => decompressed(coding, &body, url),
        None => Ok(body),
    }
}

/// Decompresses a body. Fails if the result is larger than [`MAX_BODY`].
pub(super) fn decompressed(coding: Coding, body: &[u8], url: &Url) -> Result<Vec<u8>, FetchError> {
    match coding.decoded(body) {
        Ok(body) if body.len() > MAX_BODY => Err(too_large(url)),
        Ok(body) => Ok(body),
        Err(error) => {
            Err(FetchError::failed(&format!("the answer of {url} can't be decompressed"), &error, "check the server"))
        }
    }
}

fn too_large(url: &Url) -> FetchError {
    FetchError::new(
        format!("{url} is answered with more than 256 KiB"),
        "check that this is the URL of the issuer, not of a page",
    )
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
}

/// The compression of a body (RFC 9110 §8.4). Fails with the value of the header if it is unknown. More than one
/// compression is treated as unknown.
fn coding(headers: &HeaderMap) -> Result<Option<Coding>, String> {
    let values = headers.get_all(header::CONTENT_ENCODING).into_iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).collect();
    let names = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    let names: Vec<&str> = names.filter(|name| !name.is_empty() && *name != "identity").collect();
    match &names[..] {
        [] => Ok(None),
        // RFC 9110 §8.4.1.3.
        ["gzip" | "x-gzip"] => Ok(Some(Coding::Gzip)),
        ["deflate"] => Ok(Some(Coding::Deflate)),
        names => Err(names.join(", ")),
    }
}

impl Coding {
    /// Decompresses at most one byte more than [`MAX_BODY`].
    pub(super) fn decoded(self, body: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Coding::Gzip => limited(MultiGzDecoder::new(body)),
            Coding::Deflate if is_zlib(body) => limited(ZlibDecoder::new(body)),
            Coding::Deflate => limited(DeflateDecoder::new(body)),
        }
    }
}

fn limited(decoder: impl Read) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    decoder.take(MAX_BODY as u64 + 1).read_to_end(&mut decoded)?;
    Ok(decoded)
}

/// Whether the bytes have the header of zlib (RFC 1950 §2.2). RFC 9110 §8.4.1.2 requires it, and some servers omit it.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..] if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    #[test]
    fn coding_is_read_from_content_encoding() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CONTENT_ENCODING, line.parse().expect("a value"));
            }
            coding(&headers)
        };
        for lines in [&[][..], &[""], &["identity"], &["identity, identity"], &[" , "]] {
            assert_eq!(of(lines), Ok(None), "{lines:?}");
        }
        for lines in [&["gzip"][..], &["GZIP"], &["x-gzip"], &["identity", "gzip"]] {
            assert_eq!(of(lines), Ok(Some(Coding::Gzip)), "{lines:?}");
        }
        assert_eq!(of(&["deflate"]), Ok(Some(Coding::Deflate)));
        for lines in [&["br"][..], &["gzip, gzip"], &["gzip", "deflate"], &["zstd"]] {
            assert!(of(lines).is_err(), "{lines:?}");
        }
    }

    #[test]
    fn body_is_decompressed_within_the_limit() {
        let gzip = |text: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text).and_then(|()| encoder.finish()).expect("compressed")
        };
        let zlib = |text: &[u8]| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text).and_then(|()| encoder.finish()).expect("compressed")
        };
        let raw = |text: &[u8]| {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text).and_then(|()| encoder.finish()).expect("compressed")
        };
        for text in [&b""[..], b"{}", &vec![b'a'; MAX_BODY]] {
            assert_eq!(Coding::Gzip.decoded(&gzip(text)).expect("gzip"), text);
            assert_eq!(Coding::Deflate.decoded(&zlib(text)).expect("zlib"), text);
            assert_eq!(Coding::Deflate.decoded(&raw(text)).expect("deflate"), text);
        }
        // RFC 1952 §2.2: several members are one text.
        assert_eq!(Coding::Gzip.decoded(&[gzip(b"{"), gzip(b"}")].concat()).expect("gzip"), b"{}");
        // A thousandth of its size when compressed.
        let bomb = gzip(&vec![b' '; 16 * 1024 * 1024]);
        assert!(bomb.len() < MAX_BODY);
        assert_eq!(Coding::Gzip.decoded(&bomb).expect("the start").len(), MAX_BODY + 1);
        let good = gzip(b"{\"keys\":[]}");
        for broken in [&good[..good.len() - 9], &good[1..], b"plain", b"\x1f\x8b"] {
            assert!(Coding::Gzip.decoded(broken).is_err(), "{broken:?}");
        }
        assert!(Coding::Deflate.decoded(b"plain text").is_err());
    }
}

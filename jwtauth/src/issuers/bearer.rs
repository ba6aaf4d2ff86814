use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hyper::header::HeaderValue;
use rocket::tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::fetch_error::FetchError;
use super::url::Url;

/// A token in a file, which authorizes fetching from one server. The file is read for each fetch, because the token of
/// a Kubernetes service account is replaced about every hour.
#[derive(Clone)]
pub(crate) struct Bearer {
    file: PathBuf,
    server: Url,
}

/// The maximum length of the file in bytes.
const LONGEST: u64 = 16 * 1024;

impl Bearer {
    /// Sends the token in this file to the server of this URL, and to no other.
    pub(crate) fn new(file: PathBuf, server: Url) -> Self {
        Bearer { file, server }
    }

    /// The value of `Authorization` for this URL.
    pub(super) async fn header(&self, url: &Url) -> Result<Option<HeaderValue>, FetchError> {
        if !self.server.has_same_origin(url) {
            return Ok(None);
        }
        let file = self.file.clone();
        let content = match spawn_blocking(move || content(&file)).await {
            Ok(content) => content,
            Err(error) => Err(io::Error::other(error)),
        };
        // The path is not shown: it may be the token itself.
        let remedy = "let the user that runs this program read it";
        let content = content
            .map_err(|error| FetchError::failed("the file of `bearer_token_file` can't be read", &error, remedy))?;
        let unusable = || {
            let problem = "the file of `bearer_token_file` contains no token";
            FetchError::new(problem, "check that whatever writes the file has written a token into it")
        };
        let token = bearer_token(&content).ok_or_else(unusable)?;
        let value = Zeroizing::new([b"Bearer ", token].concat());
        let mut header = HeaderValue::from_bytes(&value).map_err(|_| unusable())?;
        header.set_sensitive(true);
        Ok(Some(header))
    }
}

/// The token in the content of a file, without the white space around it (RFC 6750 §2.1: `b64token`).
pub(crate) fn bearer_token(content: &[u8]) -> Option<&[u8]> {
    let token = content.trim_ascii();
    let is_of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    (!token.is_empty() && token.iter().all(is_of_token)).then_some(token)
}

fn content(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?.take(LONGEST + 1);
    let mut content = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    if file.read_to_end(&mut content)? as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 16 KiB"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_token_is_read_without_white_space_around_it() {
        for content in ["eyJh.eyJp.c2ln", "eyJh.eyJp.c2ln\n", " \teyJh.eyJp.c2ln\r\n\n"] {
            assert_eq!(bearer_token(content.as_bytes()), Some(&b"eyJh.eyJp.c2ln"[..]));
        }
        for content in ["", "\n", "a b", "Bearer a", "a\nb", "a\r\nX: y", "\u{e4}", "a\0"] {
            assert_eq!(bearer_token(content.as_bytes()), None, "{content:?}");
        }
    }
}

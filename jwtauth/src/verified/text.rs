//! Claims that are rarely asked for. They are not kept with a verified token.

use super::token::Verified;
use crate::claims::issuer::RawMembers;
use crate::json;
use crate::jws;

impl<C> Verified<C> {
    /// A claim that is a text.
    pub(crate) fn text(&self, claim: &str) -> Option<String> {
        let mut buffer = jws::Buffer::new();
        let payload = jws::payload(self.token().as_bytes(), &mut buffer).ok()?;
        let members = RawMembers::parse(str::from_utf8(payload).ok()?)?;
        let json::Text(text) = serde_json::from_str(members.get(claim)?).ok()?;
        Some(text.into_owned())
    }
}

//! The guide's page on providers.

const PAGE: &str = include_str!("../../../jwtauth/docs/providers.md");

/// The headings of the page.
pub(super) fn headings() -> impl Iterator<Item = &'static str> {
    sections().map(|(heading, _)| heading)
}

/// The blocks of TOML below a heading.
pub(super) fn settings(heading: &str) -> Vec<&'static str> {
    let section = sections().find(|(name, _)| *name == heading);
    let (_, text) = section.unwrap_or_else(|| panic!("no heading {heading}"));
    let blocks = text.split("\n```toml\n").skip(1);
    blocks.map(|block| block.split_once("\n```\n").expect("the end of the block").0).collect()
}

/// The sections of the page, each with its heading. No line of code on the page begins with `# `.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.split("\n# ").skip(1).map(|section| section.split_once('\n').expect("more lines"))
}

/// The rule that every identity satisfies. It is the default of [`Identity<C>`](crate::Identity).
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

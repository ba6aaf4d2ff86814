use std::fmt;

/// One rule of an [`Explanation`](crate::Explanation): its requirement, what it used, and its verdict.
///
/// The name is stable, so programs can compare it. The texts are for people and may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedRule {
    pub(super) name: &'static str,
    pub(super) requirement: &'static str,
    pub(super) verdict: RuleVerdict,
    pub(super) setting: Option<String>,
    pub(super) detail: Option<String>,
}

/// The verdict of a rule.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleVerdict {
    /// The token satisfies the rule.
    Passed,
    /// The rule refused the token. At most one rule in a list has this verdict.
    Failed,
    /// An earlier rule refused the token.
    NotReached,
    /// The application's own code decides, during a request.
    NotChecked,
}

impl ExplainedRule {
    /// The name of the rule, such as `exp` or `signature`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the rule requires.
    pub fn requirement(&self) -> &'static str {
        self.requirement
    }

    /// Whether the token satisfies the rule.
    pub fn verdict(&self) -> RuleVerdict {
        self.verdict
    }

    /// The settings that the rule depends on, or the key that it used. `None` if the rule is fixed.
    pub fn setting(&self) -> Option<&str> {
        self.setting.as_deref()
    }

    /// What the rule found. Text from the token is shortened and escaped.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

/// Formats the rule as one line: the verdict, the name, the requirement, the setting or key, and the detail.
impl fmt::Display for ExplainedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<11}  {:<23}  {}", self.verdict.to_string(), self.name, self.requirement)?;
        if let Some(setting) = &self.setting {
            write!(f, " [{setting}]")?;
        }
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RuleVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RuleVerdict::Passed => "passed",
            RuleVerdict::Failed => "FAILED",
            RuleVerdict::NotReached => "not reached",
            RuleVerdict::NotChecked => "not checked",
        })
    }
}

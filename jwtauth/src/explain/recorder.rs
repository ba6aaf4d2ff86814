use super::{ExplainedRule, RuleVerdict};

/// A rule before it is applied: name, requirement, and settings (separated by spaces, possibly empty).
pub(super) type Listed = (&'static str, &'static str, &'static str);

/// The rules for a token in order. At first, none of them is reached.
pub(super) struct Recorder {
    rules: Vec<ExplainedRule>,
}

/// A rule has refused the token, and the recorder has recorded it.
pub(super) struct Refused;

impl Recorder {
    /// `table` is the prefix of the rules' settings: the name of their table with a dot, or an empty text.
    pub(super) fn new(lists: &[&[Listed]], table: &str) -> Self {
        let rule = |(name, requirement, settings): &Listed| {
            let settings: Vec<_> = settings.split_whitespace().map(|name| format!("`{table}{name}`")).collect();
            ExplainedRule {
                name,
                requirement,
                verdict: RuleVerdict::NotReached,
                setting: (!settings.is_empty()).then(|| settings.join(", ")),
                detail: None,
            }
        };
        Recorder { rules: lists.iter().flat_map(|list| list.iter()).map(rule).collect() }
    }

    pub(super) fn pass(&mut self, name: &str, detail: impl Into<String>) {
        self.note(name, RuleVerdict::Passed, detail.into());
    }

    /// Passes rules without a detail.
    pub(super) fn pass_all(&mut self, names: &[&str]) {
        names.iter().for_each(|name| self.pass(name, ""));
    }

    pub(super) fn leave_open(&mut self, name: &str, detail: impl Into<String>) {
        self.note(name, RuleVerdict::NotChecked, detail.into());
    }

    /// Records that the rule refuses the token.
    pub(super) fn fail<T>(&mut self, name: &str, detail: impl Into<String>) -> Result<T, Refused> {
        self.note(name, RuleVerdict::Failed, detail.into());
        Err(Refused)
    }

    /// Replaces the settings of a rule by the value or key that it used.
    pub(super) fn used(&mut self, name: &str, what: String) {
        if let Some(rule) = self.find(name) {
            rule.setting = Some(what);
        }
    }

    /// Returns the rules. `refused_by` is the rule that refused the token if none has been recorded as failed, or
    /// `None` if the token is accepted.
    pub(super) fn finish(mut self, refused_by: Option<&str>) -> Vec<ExplainedRule> {
        let found = self.rules.iter().any(|rule| rule.verdict == RuleVerdict::Failed);
        match refused_by {
            Some(name) if !found => {
                let place = self.rules.iter().position(|rule| rule.name == name).unwrap_or(self.rules.len() - 1);
                self.rules.iter_mut().skip(place).for_each(|rule| rule.verdict = RuleVerdict::NotReached);
                self.rules.iter_mut().skip(place).take(1).for_each(|rule| rule.verdict = RuleVerdict::Failed);
            }
            None => self.rules.iter_mut().filter(|rule| rule.verdict != RuleVerdict::NotChecked).for_each(|rule| {
                // The clock moved between the verdict and its explanation. The verdict takes precedence.
                if rule.verdict == RuleVerdict::Failed {
                    rule.detail = None;
                }
                rule.verdict = RuleVerdict::Passed;
            }),
            Some(_) => {}
        }
        self.rules
    }

    fn note(&mut self, name: &str, verdict: RuleVerdict, detail: String) {
        if let Some(rule) = self.find(name) {
            rule.verdict = verdict;
            rule.detail = (!detail.is_empty()).then_some(detail);
        }
    }

    fn find(&mut self, name: &str) -> Option<&mut ExplainedRule> {
        self.rules.iter_mut().find(|rule| rule.name == name)
    }
}

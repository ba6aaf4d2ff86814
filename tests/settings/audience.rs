//! The setting `audience`.

use crate::launch::launch_with_secret;

#[test]
fn settings_read_one_audience_or_a_list() {
    assert_eq!(launch_with_secret("audience = \"shop\"").config().audience, ["shop"]);
    assert_eq!(launch_with_secret("audience = [\"shop\"]").config().audience, ["shop"]);
    assert_eq!(launch_with_secret("audience = [\"shop\", \"stock\"]").config().audience, ["shop", "stock"]);
}

#[test]
fn settings_refuse_empty_audience() {
    launch_with_secret("audience = []").fault("audience").assert_says(&["is an empty list", "remove it"]);
    launch_with_secret("audience = \"\"").fault("audience").assert_says(&["empty", "remove it"]);
    launch_with_secret("audience = [\"shop\", \"\"]").fault("audience").assert_says(&["empty", "remove it"]);
}

#[test]
fn settings_refuse_audience_that_is_not_text() {
    for (value, found) in
        [("5", "a number"), ("true", "`true` or `false`"), ("[\"shop\", 5]", "a number"), ("{ shop = 1 }", "a table")]
    {
        let fault = launch_with_secret(&format!("audience = {value}")).fault("audience");
        fault.assert_says(&[found, "text or a list of texts is wanted"]);
    }
}

//! What the attributes refuse, in whose words, and under which token; and every form of
//! function that they accept. `TRYBUILD=overwrite` renews the snapshots.

#[test]
fn mistakes_are_explained_and_every_form_of_function_is_accepted() {
    let cases = trybuild::TestCases::new();
    for attribute in ["cached", "invalidates"] {
        cases.pass(format!("ui/{attribute}/pass/*.rs"));
        cases.compile_fail(format!("ui/{attribute}/fail/*.rs"));
    }
}

//! The README of the workspace, as tests: each of its fences is compiled, and run.
#![cfg_attr(doctest, doc = include_str!("../../README.md"))]

/// Pages, as tests. They need what the crates themselves do not.
macro_rules! pages {
    ($($name:ident: $path:literal;)+) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($path)]
            mod $name {}
        )+
    };
}

pages! {
    data_sources: "../../crates/port-webhooks/guides/data-sources.md";
    managing_webhooks: "../../crates/port-webhooks/guides/managing-webhooks.md";
    errors_and_retries: "../../crates/port-webhooks/guides/errors-and-retries.md";
    testing_with_the_fake: "../../crates/fake-port/guides/testing-with-the-fake.md";
    receiving: "../../crates/port-webhooks-receiver/guides/receiving.md";
    rotating_a_secret: "../../crates/port-webhooks-receiver/guides/rotating-a-secret.md";
}

#[cfg(feature = "actix")]
pages! {
    actix: "../../crates/port-webhooks-receiver/guides/actix.md";
}

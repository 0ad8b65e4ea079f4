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
    actix: "../../crates/port-webhooks-receiver/guides/actix.md";
    data_sources: "../../docs/guides/data-sources.md";
    managing_webhooks: "../../docs/guides/managing-webhooks.md";
    errors_and_retries: "../../docs/guides/errors-and-retries.md";
    testing_with_the_fake: "../../docs/guides/testing-with-the-fake.md";
    receiving: "../../docs/guides/receiving.md";
    rotating_a_secret: "../../docs/guides/rotating-a-secret.md";
    contract: "../../docs/guides/contract.md";
}

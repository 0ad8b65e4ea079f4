//! Rows 41 and 41a: identifiers that cannot be path segments, and all others.

use port_webhooks::{ErrorKind, Outcome};

use super::cell::{Method, World};

pub async fn r41_refused(method: Method) {
    let world = World::new().await;
    let too_long = "x".repeat(1025);
    let mut refused =
        vec!["", ".", "..", "a\nb", "\u{0}", "a\u{7f}", "\u{85}", "a\\b", "..\\..\\auth", too_long.as_str()];
    if method == Method::Get {
        // That is another route.
        refused.push("metadata");
    }
    for identifier in refused {
        let error = method.call_on(&world.hooks, identifier).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Configuration, Outcome::NotSent),
            "{identifier:?}"
        );
        assert_eq!(error.attempts(), 0);
    }
    assert_eq!(world.fake.requests().len(), 0);
}

pub async fn r41a_one_segment(method: Method) {
    let world = World::new().await;
    let longest = "x".repeat(1024);
    for identifier in
        ["a/b", "/", "?", "#x", "%", "%2e%2e", "%2f", "...", "a b", "+", "名前", "😀", ";", longest.as_str()]
    {
        world.fake.clear_requests();
        // The server decides whether it is missing, or too long.
        let result = method.call_on(&world.hooks, identifier).await;
        assert!(result.is_ok() || result.unwrap_err().status().is_some(), "{identifier:?}");
        let requests = world.fake.requests();
        assert_eq!(requests.len(), 1, "{identifier:?}");
        // The fake has decoded the segment, or of a create has read the body.
        assert_eq!(requests[0].identifier.as_deref(), Some(identifier));
        let segments = requests[0].path.split('/').count();
        assert_eq!(segments, if method == Method::Create { 3 } else { 4 }, "{}", requests[0].path);
    }
}

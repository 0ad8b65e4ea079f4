//! Settings of a client: the builder, the environment, and headers of a program. A wrong one is named without its value.

use std::time::Duration;

use port_webhooks::{Client, ClientBuilder, ErrorKind, Result};

fn why(result: Result<Client>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[test]
fn wrong_setting_is_named() {
    let builder = || Client::builder().credentials("id", "hidden");
    assert!(why(Client::builder().build()).starts_with("credentials: "));
    assert_eq!(why(Client::builder().credentials("", "hidden").build()), "client id: is empty");
    assert_eq!(why(Client::builder().credentials("id", "").build()), "client secret: is empty");
    for (credential, flaw) in [
        (" hidden", "begins or ends with white space"),
        ("hidden\u{a0}", "begins or ends with white space"),
        ("hidden\n", "contains a line break"),
        ("hid\rden", "contains a line break"),
        ("\u{feff}hidden", "contains a byte order mark"),
        ("hidden\u{feff}", "contains a byte order mark"),
        ("hid\u{200b}den", "contains an invisible character, such as a zero-width space"),
        ("\u{2060}hidden", "contains an invisible character, such as a zero-width space"),
        ("hid\u{ad}den", "contains an invisible character, such as a zero-width space"),
        ("hidden\u{202c}", "contains an invisible character, such as a zero-width space"),
        (" \t", "is empty"),
    ] {
        let of = |name| format!("{name}: {flaw}");
        assert_eq!(why(Client::builder().credentials(credential, "s").build()), of("client id"));
        assert_eq!(why(Client::builder().credentials("id", credential).build()), of("client secret"));
        assert_eq!(why(Client::builder().access_token(credential).build()), of("access token"));
    }
    assert!(
        why(Client::builder().access_token("a\0b").build()).starts_with("access token: contains characters")
    );
    assert!(why(builder().user_agent("a\nb").build()).starts_with("user agent: "));
    for (builder, limit) in [
        (builder().connect_timeout(Duration::ZERO), "connect timeout"),
        (builder().attempt_timeout(Duration::ZERO), "attempt timeout"),
        (builder().deadline(Duration::ZERO), "deadline"),
        (builder().max_response_body(0), "maximum response body"),
    ] {
        assert_eq!(why(builder.build()), format!("{limit}: must be more than zero"));
    }
    for wrong in ["", "ftp://a", "http://api.port.io", "https://u:hidden@a", "https://a?x=1", "https://a#x"] {
        let builder = builder().base_url(wrong);
        assert!(!format!("{builder:?}").contains("hidden"));
        let why = why(builder.build());
        assert!(why.starts_with("base URL: ") && !why.contains("hidden"), "{wrong}: {why}");
    }
}

#[test]
fn plain_http_is_for_loopback_unless_it_is_allowed() {
    let at = |url: &str, allow| {
        Client::builder().access_token("t").base_url(url).allow_plain_http(allow).build().is_ok()
    };
    for loopback in ["http://localhost:1", "http://127.9.9.9", "http://[::1]:1"] {
        assert!(at(loopback, false), "{loopback}");
    }
    for elsewhere in
        ["http://10.0.0.1", "http://localhost.example", "http://a.localhost", "http://port.internal"]
    {
        assert!(!at(elsewhere, false), "{elsewhere}");
        assert!(at(elsewhere, true), "{elsewhere}");
    }
}

#[test]
fn debug_shows_the_source_of_tokens_and_no_token() {
    for (builder, shown) in [
        (Client::builder().access_token("hidden"), "fixed token"),
        (Client::builder().credentials("id", "hidden"), "client credentials"),
        (Client::builder().token_provider_fn(std::future::pending), "token provider"),
    ] {
        let text = format!("{:?}", builder.build().unwrap());
        assert!(text.contains(shown) && !text.contains("hidden"), "{text}");
    }
}

fn from(variables: &[(&str, &str)]) -> Result<Client> {
    let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
    ClientBuilder::from_variables(find)?.build()
}

const ID: (&str, &str) = ("PORT_CLIENT_ID", "id");
const CLIENT_SECRET: &str = "PORT_CLIENT_SECRET";
const SECRET: (&str, &str) = (CLIENT_SECRET, "hidden");
const ACCESS_TOKEN: &str = "PORT_ACCESS_TOKEN";
const BASE_URL: &str = "PORT_BASE_URL";
const REGION: &str = "PORT_REGION";
const ALLOW_PLAIN_HTTP: &str = "PORT_ALLOW_PLAIN_HTTP";

#[test]
fn the_environment_sets_a_client_up() {
    assert_eq!(from(&[ID, SECRET]).unwrap().base_url(), "https://api.port.io");
    assert_eq!(from(&[ID, SECRET, (REGION, "US")]).unwrap().base_url(), "https://api.us.port.io");
    let both = from(&[(ACCESS_TOKEN, "t"), (REGION, "us"), (BASE_URL, "http://127.0.0.1:4010/v1/")]);
    assert_eq!(both.unwrap().base_url(), "http://127.0.0.1:4010");
}

#[test]
fn plain_http_is_allowed_only_by_its_variable() {
    let allow =
        |value| from(&[(ACCESS_TOKEN, "t"), (BASE_URL, "http://fake:4010"), (ALLOW_PLAIN_HTTP, value)]);
    for yes in ["true", "True", "1", " true "] {
        assert_eq!(allow(yes).unwrap().base_url(), "http://fake:4010");
    }
    for no in ["false", "FALSE", "0", "", " "] {
        assert!(why(allow(no)).ends_with("only: PORT_ALLOW_PLAIN_HTTP=true allows it elsewhere"), "{no}");
    }
    for other in ["yes", "on", "2", "treu", "hidden"] {
        assert_eq!(why(allow(other)), "PORT_ALLOW_PLAIN_HTTP: must be true or 1, or false or 0");
    }
}

#[test]
fn wrong_variable_is_named() {
    assert!(why(from(&[])).starts_with("PORT_CLIENT_ID is not set"));
    assert!(why(from(&[ID])).starts_with("PORT_CLIENT_SECRET is not set"));
    assert!(why(from(&[ID, (CLIENT_SECRET, " ")])).starts_with("PORT_CLIENT_SECRET is not set"));
    assert!(
        from(&[ID, SECRET, (ACCESS_TOKEN, ""), (REGION, "")]).is_ok(),
        "an empty variable is an unset one"
    );
    assert!(why(from(&[(ACCESS_TOKEN, "a\nb")])).starts_with("PORT_ACCESS_TOKEN: contains a line break"));
    assert_eq!(why(from(&[ID, (CLIENT_SECRET, "hidden\n")])), "PORT_CLIENT_SECRET: contains a line break");
    assert!(
        why(from(&[ID, SECRET, (BASE_URL, "http://10.0.0.1")])).starts_with("PORT_BASE_URL: must be https")
    );
    assert_eq!(why(from(&[ID, SECRET, (REGION, "mars")])), "PORT_REGION: must be eu or us, not \"mars\"");
    assert!(
        why(from(&[ID, SECRET, (BASE_URL, "port.io")])).starts_with("PORT_BASE_URL: not an absolute URL")
    );
}

fn why_header(name: &str, value: &str) -> String {
    let builder = Client::builder().access_token("t").header(name, value);
    assert!(!format!("{builder:?}").contains("hidden"), "{builder:?}");
    why(builder.build())
}

#[test]
fn header_of_the_client_is_rejected_with_its_reason() {
    for (name, part) in [
        ("Authorization", "credentials"),
        ("HOST", "URL"),
        ("Content-Length", "body"),
        ("content-type", "JSON"),
        ("Accept-Encoding", "content encoding"),
        ("proxy-authorization", "proxy's URL"),
        ("Transfer-Encoding", "connection"),
        ("connection", "connection"),
    ] {
        let why = why_header(name, "hidden");
        assert!(why.starts_with(&format!("header `{}`: ", name.to_lowercase())), "{why}");
        assert!(why.contains(part) && !why.contains("hidden"), "{why}");
    }
}

#[test]
fn header_that_cannot_be_sent_is_rejected_without_its_value() {
    for (name, value) in
        [("", "hidden"), ("x y", "hidden"), ("hidden\n", "a"), ("x-a", "hidden\r\nx: y"), ("x-a", "hidden\0")]
    {
        assert!(!why_header(name, value).contains("hidden"), "{name:?}");
    }
}

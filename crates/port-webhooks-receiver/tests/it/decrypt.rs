//! Encrypted inputs, with values that another language has encrypted.

use port_webhooks_receiver::{ConfigErrorKind, DecryptErrorKind, InputDecryptor};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/encrypted-inputs.json")).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn inputs_encrypted_by_another_language_are_decrypted() {
    let fixture = fixture();
    let decryptor = InputDecryptor::new(text(&fixture, "client_secret")).unwrap();
    for value in fixture["values"].as_array().unwrap() {
        assert_eq!(decryptor.decrypt(text(value, "encrypted")).unwrap().expose(), text(value, "text"));
    }
    // The key is bytes, not characters.
    let second = &fixture["second"];
    let decryptor = InputDecryptor::new(text(second, "client_secret")).unwrap();
    assert_eq!(decryptor.decrypt(text(second, "encrypted")).unwrap().expose(), text(second, "text"));
}

#[test]
fn wrong_inputs_are_errors_that_show_nothing() {
    let fixture = fixture();
    let decryptor = InputDecryptor::new(text(&fixture, "client_secret")).unwrap();
    let good = text(&fixture["values"][0], "encrypted");
    let changed = good.replace("VpyA", "VpyB").replacen('d', "e", 1);
    for (value, expected) in [
        ("hunter2", DecryptErrorKind::NotBase64),
        ("hunter2!", DecryptErrorKind::NotBase64),
        ("", DecryptErrorKind::TooShort),
        ("AAECAwQFBgcICQoLDA0ODw==", DecryptErrorKind::TooShort),
        (&changed, DecryptErrorKind::WrongSecretOrChanged),
        (text(&fixture["second"], "encrypted"), DecryptErrorKind::WrongSecretOrChanged),
        (text(&fixture, "not_text"), DecryptErrorKind::NotText),
    ] {
        let error = decryptor.decrypt(value).unwrap_err();
        assert_eq!(error.kind(), expected, "{value}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    assert_eq!(format!("{decryptor:?}"), "InputDecryptor([redacted])");
}

#[test]
fn secret_under_32_bytes_is_a_configuration_error() {
    let error = |secret: &str| InputDecryptor::new(secret).map(|_| ()).map_err(|error| error.kind());
    assert_eq!(error(&"s".repeat(31)), Err(ConfigErrorKind::ShortSecret));
    assert_eq!(error(&"s".repeat(32)), Ok(()));
    assert_eq!(error(""), Err(ConfigErrorKind::EmptySecret));
    assert_eq!(error(&format!("{}\n", "s".repeat(40))), Err(ConfigErrorKind::SecretWhitespace));
}

#![no_main]

#[path = "../checks/client.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let client = checks::Identifiers::new(port_webhooks::reqwest::Client::builder());
    client.check(&String::from_utf8_lossy(input));
});

#![no_main]

#[path = "../checks/receiver.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::delivery_payload(input));

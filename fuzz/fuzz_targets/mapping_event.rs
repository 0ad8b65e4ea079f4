#![no_main]

#[path = "../checks/mapping.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::event(input));

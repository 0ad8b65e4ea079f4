//! The two texts of a MAC. Each MAC has one canonical text in base64, and two cases of hex.

pub(crate) mod base64;
pub(crate) mod hex;

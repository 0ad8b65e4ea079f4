//! A guide, from start to end. Tests run its programs.

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/testing-with-the-fake.md")]
pub mod testing_with_the_fake {}

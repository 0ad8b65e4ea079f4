//! The README of the workspace, as tests: each of its fences is compiled, and run.
#![cfg_attr(doctest, doc = include_str!("../../README.md"))]

//! The public API, used as its users use it.
mod element;
mod scan;

//! Only this crate's engines, and what points to one, are a [`Passport`](super::Passport).

use std::ops::Deref;

/// Nobody else can name it.
pub trait Sealed {}

impl<P: Deref<Target: Sealed>> Sealed for P {}

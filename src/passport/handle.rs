//! What an engine keeps in something that it gives out, and finds there again. Nobody else looks into it.

use std::any::Any;
use std::sync::Arc;

/// An engine's own data, of a type that only it knows. Clones are the same data.
#[derive(Clone)]
pub(crate) struct Handle(Arc<dyn Kept>);

trait Kept: Any + Send + Sync {
    fn is_equal(&self, other: &Handle) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Any + PartialEq + Send + Sync> Kept for T {
    fn is_equal(&self, other: &Handle) -> bool {
        other.get() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Handle {
    pub(crate) fn new<T: Any + PartialEq + Send + Sync>(kept: T) -> Self {
        Self(Arc::new(kept))
    }

    /// What is kept, if it is of this type: if another kind of engine gave it out, it is not.
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        (*self.0).as_any().downcast_ref()
    }
}

/// Equal where the kind of engine and the data are.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_equal(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_type_finds_what_is_kept() {
        let handle = Handle::new(7_u8);
        assert_eq!((handle.get::<u8>(), handle.get::<u16>()), (Some(&7), None));
        assert!(handle == Handle::new(7_u8) && handle == handle.clone());
        assert!(handle != Handle::new(8_u8) && handle != Handle::new(7_u16));
    }
}

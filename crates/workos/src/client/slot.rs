//! [`Slot`]: room for what the layers above the client keep with it.

use std::any::Any;
use std::sync::OnceLock;

use crate::transport::{MaybeSend, MaybeSync};

/// Holds a value of a type that the client does not know, made on first use. Clones of a client
/// share it.
#[derive(Default)]
#[cfg_attr(not(feature = "helpers"), allow(dead_code))]
pub(crate) struct Slot {
    value: OnceLock<Box<dyn Kept>>,
    /// For a value of another type, of which there is none today.
    next: OnceLock<Box<Self>>,
}

/// What a [`Slot`] can keep.
pub(crate) trait Kept: Any + MaybeSend + MaybeSync {}
impl<T: Any + MaybeSend + MaybeSync> Kept for T {}

#[cfg_attr(not(feature = "helpers"), allow(dead_code))]
impl Slot {
    /// The value of this type. `make` runs once.
    pub(crate) fn get_or_init<T: Kept>(&self, make: impl Fn() -> T) -> &T {
        let mut slot = self;
        loop {
            let value: &dyn Any = &**slot.value.get_or_init(|| Box::new(make()));
            if let Some(value) = value.downcast_ref() {
                return value;
            }
            slot = slot.next.get_or_init(Box::default);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_value_of_each_type_and_it_is_made_once() {
        let slot = Slot::default();
        assert_eq!(slot.get_or_init(|| 1_u8), &1);
        assert_eq!(slot.get_or_init(|| "text"), &"text");
        assert_eq!(slot.get_or_init(|| 2_u8), &1);
        assert_eq!(slot.get_or_init(|| "other"), &"text");
        assert!(std::ptr::eq(slot.get_or_init(|| 3_u8), slot.get_or_init(|| 4_u8)));
    }
}

/// The layer spoken: TDLib 1.8.61's, so that both engines speak one.
pub(super) const LAYER: i32 = 222;

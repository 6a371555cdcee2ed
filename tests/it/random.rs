//! A small generator of numbers.

/// Where it is.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Other numbers in each run; `SQUALL_SEED` repeats a run.
    pub(crate) fn any() -> Self {
        let given = std::env::var_os("SQUALL_SEED").and_then(|seed| seed.to_str()?.parse().ok());
        #[expect(clippy::disallowed_methods, reason = "a new story each time")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(given.unwrap_or_else(|| u64::from(now.unwrap().subsec_nanos()) | 1))
    }

    /// The next number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

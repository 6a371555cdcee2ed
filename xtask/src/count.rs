//! Counting tests from what the test runners print, so that one line at the end can sum them all.

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    /// What a step counts as that failed before it could run a test.
    pub(crate) fn one_failure() -> Self {
        Self {
            passed: 0,
            failed: 1,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Reads the summary lines of nextest, of Rust's own harness and of Python's `unittest`; any other line counts
    /// nothing.
    pub(crate) fn of_line(line: &str) -> Self {
        let line = without_colour(line);
        let line = line.trim_end();
        if line.starts_with("test result: ") || is_nextest_summary(line) {
            return Self {
                passed: before(line, "passed"),
                failed: before(line, "failed")
                    + before(line, "timed out")
                    + before(line, "exec failed"),
            };
        }
        if line.starts_with("Ran ") && line.contains(" in ") {
            return Self {
                passed: before(line, "test"),
                failed: 0,
            };
        }
        if line.starts_with("FAILED (") {
            // unittest has already counted these in its line `Ran ... tests`.
            let failed = after(line, "failures=") + after(line, "errors=");
            return Self { passed: 0, failed };
        }
        Self::default()
    }

    /// unittest's `Ran` line tells of all tests; what failed among them comes a line later.
    pub(crate) fn settled_as_unittest(self) -> Self {
        Self {
            passed: self.passed.saturating_sub(self.failed),
            failed: self.failed,
        }
    }
}

fn is_nextest_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
        && (line.contains(" tests run: ") || line.contains(" test run: "))
}

/// The number that stands right before `word`, as in `3 passed`.
fn before(line: &str, word: &str) -> u64 {
    line.match_indices(word)
        .filter_map(|(at, _)| line.get(..at))
        .find_map(|head| {
            head.strip_suffix(' ')?
                .rsplit([' ', '('])
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

/// The number that stands right after `word`, as in `failures=3`.
fn after(line: &str, word: &str) -> u64 {
    line.split(word)
        .nth(1)
        .and_then(|rest| {
            rest.split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

fn without_colour(line: &str) -> String {
    let mut plain = String::new();
    let mut parts = line.split('\u{1b}');
    plain.extend(parts.next());
    for part in parts {
        plain.extend(part.split_once('m').map(|(_, text)| text));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: u64, failed: u64) {
        assert_eq!(Count::of_line(line), Count { passed, failed }, "{line}");
    }

    #[test]
    fn summaries_of_nextest() {
        check(
            "     Summary [   0.004s] 3 tests run: 3 passed, 0 skipped",
            3,
            0,
        );
        check(
            "     Summary [   1.2s] 9 tests run: 5 passed (1 slow), 3 failed, 1 timed out, 2 skipped",
            5,
            4,
        );
        check(
            "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped",
            1,
            0,
        );
    }

    #[test]
    fn summaries_of_cargo_test() {
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured",
            12,
            0,
        );
        check("test result: FAILED. 1 passed; 2 failed; 0 ignored", 1, 2);
    }

    #[test]
    fn what_nextest_quotes_of_a_failed_test_is_not_counted_again() {
        check(
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored",
            0,
            0,
        );
    }

    #[test]
    fn summaries_of_unittest() {
        let mut count = Count::of_line("Ran 5 tests in 0.010s");
        count.add(Count::of_line("FAILED (failures=1, errors=1)"));
        assert_eq!(
            count.settled_as_unittest(),
            Count {
                passed: 3,
                failed: 2
            }
        );
        check("Ran 1 test in 0.010s", 1, 0);
    }

    #[test]
    fn other_lines_count_nothing() {
        check("running 3 tests", 0, 0);
        check("test webhook ... ok", 0, 0);
        check("a log line: 3 passed", 0, 0);
    }
}

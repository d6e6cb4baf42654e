use std::time::Duration;

/// How long to wait for a data centre.
///
/// Every question to one is over within `answer` and, where it says how long it wants to be left alone, `flood_wait`: new
/// connections, other addresses and repeats included, whether it is gone, silent, or in trouble. So is the agreement on a
/// key, which goes before the first question. A call asks one question as a rule. One that has to carry the account to
/// another data centre first, for a file there, asks three; and one that is sent on asks again, three times at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    /// For a connection to one address, and for each step of a key exchange.
    pub connect: Duration,
    /// For an answer, before the server is asked what became of the query; three times that without a word is
    /// the end of a connection. After so long a silence a connection is tried with a ping before anything goes out on it
    /// that may not be done twice.
    pub ask_after: Duration,
    /// For an answer, all told; and for a key.
    pub answer: Duration,
    /// Where the server asks to wait (`FLOOD_WAIT_n`), in sum for each question: what is longer is an error at once.
    pub flood_wait: Duration,
}

impl Default for TimeOuts {
    /// 15 s, 10 s, 60 s and 15 s.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            ask_after: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            flood_wait: Duration::from_secs(15),
        }
    }
}

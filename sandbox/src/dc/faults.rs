//! Faults on demand: what a network, a busy server or a dishonest one may do to a client.
//!
//! Each layer asks here, at one place, whether it is to go wrong: `connection` for packets and queries, `rpc` for
//! refusals, `rpc::passport` and `rpc::upload` for contents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::state::State;
use crate::store::{Holding, gather};
use telegram_passport::cloud::{FileChunk, FileRange, SecureValue};
use telegram_passport::element::ElementType;

/// Something that goes wrong. Methods are named as in the schema: `upload.saveFilePart`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A packet to a client waits so long before it is sent, and those behind it wait too.
    SlowLink {
        /// How long.
        delay: Duration,
    },
    /// The connection ends when this query comes, and nothing is done about it.
    ConnectionDropped {
        /// The query.
        method: &'static str,
    },
    /// This query is done, and the connection ends in place of the answer.
    AnswerCutOff {
        /// The query.
        method: &'static str,
    },
    /// This query is done, and neither acknowledged nor answered until the client asks for its state, repeats it or
    /// connects anew.
    AnswerLost {
        /// The query.
        method: &'static str,
    },
    /// A packet is answered by -404, as if its key were unknown, and not read.
    KeyUnknown,
    /// The salt has changed when a packet comes: it is refused by `bad_server_salt`, and so are all with the old one.
    BadSalt,
    /// This query is refused: 420 `FLOOD_WAIT_5`, 500 `INTERNAL`, 400 `SECURE_SECRET_INVALID`, ….
    Refused {
        /// The query.
        method: &'static str,
        /// `error_code`.
        code: i32,
        /// `error_message`.
        message: String,
    },
    /// A message that asks for an acknowledgement is refused unread by `bad_msg_notification` with this code; after 32
    /// and 33 all those of its session are, until the client opens another.
    MessageRefused {
        /// `error_code`: 16, 17, 20, 32, ….
        code: i32,
    },
    /// The session of a packet that comes is not known any more, as after a data centre has started anew.
    SessionForgotten,
    /// From the next packet on a connection is dead and does not say so: nothing that comes is read, and it stays open.
    ConnectionDead,
    /// The next message to a client has a number that is so many seconds off.
    NumberOff {
        /// Into the future, or the past.
        seconds: i64,
    },
    /// A step of a key exchange is not answered.
    ExchangeSilent,
    /// A step of a key exchange is answered by -404.
    ExchangeUnknown,
    /// The last step of a key exchange is answered by `dh_gen_retry`: the client is to draw another number.
    ExchangeRetried,
    /// The server's half of a key exchange is a number that gives a key which anybody knows.
    DegenerateKey {
        /// Which.
        public: Degenerate,
    },
    /// A key exchange names this as the server's time, Unix seconds.
    ServerTime {
        /// `server_time`
        seconds: i32,
    },
    /// The approval of a login token is told so much later, and does nothing until then. The token that is asked for
    /// meanwhile is another one, and the approval is for nothing.
    ApprovalLate {
        /// How long.
        delay: Duration,
    },
    /// One bit of the encrypted data of a value is flipped in an answer that has values with data.
    DataTampered,
    /// One bit of a part of a file is flipped.
    FileTampered,
    /// Another part of the file comes in place of the one asked for.
    WrongFilePart,
    /// Two values come under each other's type, in an answer that has either.
    ValuesSwapped {
        /// The type of one.
        one: ElementType,
        /// The type of the other.
        other: ElementType,
    },
    /// The sizes of files are told to their owner, as those of their ciphertexts: TDLib fails every download over that.
    SizesTold,
    /// Values come as they were before they were last saved here, in an answer that has one that was replaced.
    OldValues,
}

/// Public values `g_a` whose powers are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Degenerate {
    /// 0
    Zero,
    /// 1
    One,
    /// p − 1
    MinusOne,
}

/// What is to go wrong in a sandbox; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    injected: Vec<Injected>,
    /// Values as they were before the last save, by account and type.
    replaced: HashMap<(i64, ElementType), SecureValue>,
}

#[derive(Debug)]
struct Injected {
    fault: Fault,
    /// How many occasions still pass without it.
    skip: u32,
    times: u32,
}

/// What goes wrong with one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryFault {
    /// The connection ends, nothing is done.
    Dropped,
    /// It is done, and the connection ends.
    AnswerCutOff,
    /// It is done, and not answered.
    AnswerLost,
}

impl Faults {
    /// The next so many times that this can go wrong, it does.
    pub fn inject(&self, fault: Fault, times: u32) {
        self.inject_after(0, fault, times);
    }

    /// Lets the first `skip` occasions pass, then lets this go wrong `times` times.
    pub fn inject_after(&self, skip: u32, fault: Fault, times: u32) {
        if times > 0 {
            self.lock().injected.push(Injected { fault, skip, times });
        }
    }

    /// What is still to go wrong, and how often.
    #[must_use]
    pub fn pending(&self) -> Vec<(Fault, u32)> {
        self.lock().injected.iter().map(|injected| (injected.fault.clone(), injected.times)).collect()
    }

    /// Lets nothing go wrong any more. A salt that has changed stays so.
    pub fn clear(&self) {
        self.lock().injected.clear();
    }

    /// How long the next packet is to wait.
    pub(super) fn delay(&self) -> Option<Duration> {
        self.take(|fault| match fault {
            Fault::SlowLink { delay } => Some(*delay),
            _ => None,
        })
    }

    /// Whether the key of the packet that just came is to be unknown.
    pub(super) fn forgets_key(&self) -> bool {
        self.take(|fault| matches!(fault, Fault::KeyUnknown).then_some(())).is_some()
    }

    /// Whether the salt is to change before the packet that just came.
    pub(super) fn changes_salt(&self) -> bool {
        self.take(|fault| matches!(fault, Fault::BadSalt).then_some(())).is_some()
    }

    /// The code with which the packet that just came is to be refused.
    pub(super) fn refuses_messages(&self) -> Option<i32> {
        self.take(|fault| match fault {
            Fault::MessageRefused { code } => Some(*code),
            _ => None,
        })
    }

    /// Whether the session of the packet that just came is to be forgotten.
    pub(super) fn forgets_session(&self) -> bool {
        self.takes(&Fault::SessionForgotten)
    }

    /// Whether the connection of the packet that just came is to be dead.
    pub(super) fn kills_connection(&self) -> bool {
        self.takes(&Fault::ConnectionDead)
    }

    /// How many seconds the number of the next message to a client is to be off.
    pub(super) fn misnumbers(&self) -> Option<i64> {
        self.take(|fault| match fault {
            Fault::NumberOff { seconds } => Some(*seconds),
            _ => None,
        })
    }

    /// Whether this step of a key exchange is to get no answer.
    pub(super) fn is_silent_in_exchange(&self) -> bool {
        self.takes(&Fault::ExchangeSilent)
    }

    /// Whether this step of a key exchange is to be answered by -404.
    pub(super) fn knows_no_exchange(&self) -> bool {
        self.takes(&Fault::ExchangeUnknown)
    }

    /// Whether the client is to draw another number.
    pub(super) fn retries_exchange(&self) -> bool {
        self.takes(&Fault::ExchangeRetried)
    }

    /// What the server's half of a key exchange is to be.
    pub(super) fn degenerate(&self) -> Option<Degenerate> {
        self.take(|fault| match fault {
            Fault::DegenerateKey { public } => Some(*public),
            _ => None,
        })
    }

    /// What time a key exchange is to name.
    pub(super) fn server_time(&self) -> Option<i32> {
        self.take(|fault| match fault {
            Fault::ServerTime { seconds } => Some(*seconds),
            _ => None,
        })
    }

    /// How long the approval that was just given is to take.
    pub(super) fn delays_approval(&self) -> Option<Duration> {
        self.take(|fault| match fault {
            Fault::ApprovalLate { delay } => Some(*delay),
            _ => None,
        })
    }

    /// What is to go wrong with this query.
    pub(super) fn query_fault(&self, name: &str) -> Option<QueryFault> {
        self.take(|fault| match fault {
            Fault::ConnectionDropped { method } if *method == name => Some(QueryFault::Dropped),
            Fault::AnswerCutOff { method } if *method == name => Some(QueryFault::AnswerCutOff),
            Fault::AnswerLost { method } if *method == name => Some(QueryFault::AnswerLost),
            _ => None,
        })
    }

    /// The error this query is to be refused with.
    pub(super) fn refusal(&self, name: &str) -> Option<(i32, String)> {
        self.take(|fault| match fault {
            Fault::Refused { method, code, message } if *method == name => Some((*code, message.clone())),
            _ => None,
        })
    }

    /// What is in the values that might come back.
    pub(super) fn holdings(&self) -> Vec<Holding> {
        let mut holdings = Vec::new();
        for value in self.lock().replaced.values() {
            gather("dc/fault/replaced", value, &mut holdings);
        }
        holdings
    }

    /// Remembers a value that is about to be replaced.
    pub(super) fn remember(&self, user_id: i64, value: SecureValue) {
        self.lock().replaced.insert((user_id, value.kind), value);
    }

    /// Changes values on their way to their owner, if that is to go wrong.
    pub(super) fn tamper_with_values(&self, state: &State, user_id: i64, values: &mut [SecureValue]) {
        if values.iter().any(|value| value.data.is_some()) && self.takes(&Fault::DataTampered) {
            let data = values.iter_mut().find_map(|value| value.data.as_mut());
            if let Some(byte) = data.and_then(|data| data.data.last_mut()) {
                *byte ^= 1;
            }
        }
        let swapped = self.take(|fault| match fault {
            Fault::ValuesSwapped { one, other } => {
                values.iter().any(|value| [*one, *other].contains(&value.kind)).then_some((*one, *other))
            }
            _ => None,
        });
        if let Some((one, other)) = swapped {
            for value in values.iter_mut() {
                let taken_from = match value.kind {
                    kind if kind == one => other,
                    kind if kind == other => one,
                    _ => continue,
                };
                let stored = state.secure_values(user_id, &[taken_from]).unwrap_or_default();
                if let Some(stored) = stored.into_iter().next() {
                    *value = SecureValue { kind: value.kind, ..stored };
                }
            }
        }
        let replaced: Vec<_> = {
            let inner = self.lock();
            values.iter().map(|value| inner.replaced.get(&(user_id, value.kind)).cloned()).collect()
        };
        if replaced.iter().any(Option::is_some) && self.takes(&Fault::OldValues) {
            for (value, replaced) in values.iter_mut().zip(replaced) {
                if let Some(replaced) = replaced {
                    *value = replaced;
                }
            }
        }
    }

    /// Whether sizes are to be told in an answer that has files.
    pub(super) fn tells_sizes(&self) -> bool {
        self.takes(&Fault::SizesTold)
    }

    /// Where a part is to be read in place of the one asked for.
    pub(super) fn misplace(&self, range: FileRange) -> FileRange {
        if !self.takes(&Fault::WrongFilePart) {
            return range;
        }
        let offset = if range.offset == 0 { u64::from(range.limit) } else { 0 };
        FileRange { offset, ..range }
    }

    /// Changes a file's bytes on their way out, if that is to go wrong.
    pub(super) fn tamper_with_file(&self, chunk: &mut FileChunk) {
        if !chunk.bytes.is_empty() && self.takes(&Fault::FileTampered) {
            let middle = chunk.bytes.len() / 2;
            chunk.bytes[middle] ^= 1;
        }
    }

    fn takes(&self, wanted: &Fault) -> bool {
        self.take(|fault| (fault == wanted).then_some(())).is_some()
    }

    /// The first fault that `pick` wants and that has no occasion left to let pass, once.
    fn take<T>(&self, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let mut inner = self.lock();
        for place in 0..inner.injected.len() {
            let injected = &mut inner.injected[place];
            let Some(picked) = pick(&injected.fault) else { continue };
            if injected.skip > 0 {
                injected.skip -= 1;
                continue;
            }
            injected.times -= 1;
            if injected.times == 0 {
                inner.injected.remove(place);
            }
            return Some(picked);
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use telegram_passport::element::UnixTime;

    use super::*;

    #[test]
    fn a_fault_skips_what_it_is_told_and_comes_so_often() {
        let faults = Faults::default();
        faults.inject_after(1, Fault::ConnectionDropped { method: "upload.saveFilePart" }, 2);
        faults.inject(Fault::KeyUnknown, 0);
        assert_eq!(faults.query_fault("upload.getFile"), None);
        let occurred: Vec<_> = (0..4).map(|_| faults.query_fault("upload.saveFilePart")).collect();
        assert_eq!(occurred, [None, Some(QueryFault::Dropped), Some(QueryFault::Dropped), None]);
        assert!(!faults.forgets_key());
        assert!(faults.pending().is_empty());
    }

    #[test]
    fn what_is_cleared_does_not_come() {
        let faults = Faults::default();
        faults.inject(Fault::BadSalt, 3);
        assert!(faults.clone().changes_salt());
        assert_eq!(faults.pending(), [(Fault::BadSalt, 2)]);
        faults.clear();
        assert!(!faults.changes_salt());
    }

    #[test]
    fn another_part_is_another_place_of_the_same_length() {
        let faults = Faults::default();
        let range = FileRange { offset: 0, limit: 4096, precise: false };
        assert_eq!(faults.misplace(range), range);
        faults.inject(Fault::WrongFilePart, 2);
        assert_eq!(faults.misplace(range).offset, 4096);
        assert_eq!(faults.misplace(FileRange { offset: 8192, ..range }), range);
    }

    #[test]
    fn a_tampered_part_differs_by_a_bit_and_an_empty_one_does_not_count() {
        let faults = Faults::default();
        faults.inject(Fault::FileTampered, 1);
        let mut nothing = FileChunk { modified: UnixTime::from_seconds(0), bytes: Vec::new() };
        faults.tamper_with_file(&mut nothing);
        let mut chunk = FileChunk { modified: UnixTime::from_seconds(0), bytes: vec![0; 32] };
        faults.tamper_with_file(&mut chunk);
        assert_eq!(chunk.bytes.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
    }

    #[test]
    fn methods_have_the_schemas_names() {
        use grammers_tl_types::{Identifiable as _, functions, name_for_id};
        assert_eq!(name_for_id(functions::upload::SaveFilePart::CONSTRUCTOR_ID), "upload.saveFilePart");
        assert_eq!(
            name_for_id(functions::account::SaveSecureValue::CONSTRUCTOR_ID),
            "account.saveSecureValue"
        );
    }
}

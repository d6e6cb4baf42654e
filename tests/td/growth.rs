//! What stays behind when sessions have gone.

use std::fs;

use futures_util::future::join_all;
use telegram_passport::element::{ElementType, PhoneNumber};
use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::passport::Passport;
use telegram_passport::tdlib::Engine;
use telegram_passport_sandbox::state::Registration;

use crate::cases::{Unmet, block_on};
use crate::conformance::{downloaded, element_of, person, save};
use crate::stage::{RECOVERABLE_PASSWORD as PASSWORD, Stage};

/// What a process holds, as its system counts it.
#[derive(Debug)]
struct Held {
    threads: usize,
    descriptors: usize,
    resident_kib: usize,
}

impl Held {
    fn now() -> Self {
        let status = fs::read_to_string(STATUS).unwrap();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        Self {
            threads: number("Threads:"),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            resident_kib: number("VmRSS:"),
        }
    }
}

const STATUS: &str = "/proc/self/status";

/// Needs a kernel that counts what a process holds.
pub(crate) fn counted() -> Result<(), Unmet> {
    fs::read(STATUS).map(drop).map_err(|why| Unmet::Forbidden { why: format!("{STATUS}: {why}") })
}

impl Held {
    /// What is held when what was closed has gone, connections of the data centre among it.
    async fn at_rest() -> Self {
        let mut before = Self::now();
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let now = Self::now();
            if (now.threads, now.descriptors) == (before.threads, before.descriptors) {
                return now;
            }
            before = now;
        }
    }

    /// No thread more, a few descriptors at most, no more memory than an allocator keeps for itself.
    fn assert_no_more_than(&self, before: &Self) {
        assert!(self.threads <= before.threads, "{before:?} became {self:?}");
        assert!(self.descriptors <= before.descriptors + 8, "{before:?} became {self:?}");
        assert!(self.resident_kib <= before.resident_kib + 16 * 1024, "{before:?} became {self:?}");
    }
}

/// Runs alone: other cases would be counted too.
pub(crate) async fn fifty_logins_leave_nothing_behind() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let mut after_five = None;
    for number in 1..=50 {
        let session = stage.session(&format!("account {number}"), &phone).await;
        session.log_out().await.unwrap();
        if number == 5 {
            after_five = Some(Held::now());
        }
    }
    let (before, after) = (after_five.unwrap(), Held::at_rest().await);
    eprintln!("after 5 logins {before:?}, after 50 {after:?}");
    after.assert_no_more_than(&before);
}

/// One of twenty: signs in, stores a bill with its scans and reads it back, and closes.
async fn work(stage: &Stage, account: &str, phone: &str, has_password: bool) {
    let (login, _) = stage.login(account).await;
    login.set_phone_number(phone).await.unwrap();
    let mut step = login.check_code(&stage.state.last_login_code(phone).unwrap()).await.unwrap();
    if has_password {
        assert!(matches!(step, Step::Password { .. }), "{step:?}");
        step = login.check_password(&PASSWORD.into()).await.unwrap();
    }
    assert_eq!(step, Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    let engine = Engine::new(session.client().clone());
    if !has_password {
        engine.set_password(None, &PASSWORD.into(), "").await.unwrap();
    }
    engine.create_secret(&PASSWORD.into()).await.unwrap();
    let bill = element_of(&person(), ElementType::UtilityBill);
    save(&engine, bill.clone()).await;
    let listed = engine.list().await.unwrap();
    assert_eq!(downloaded(&engine, &listed[0]).await, bill);
    session.log_out().await.unwrap();
}

/// So many sign in at once, half of them with a password, do their work and go.
async fn all_at_once(clients: usize) {
    let stage = Stage::new().await;
    let phones: Vec<String> = (0..clients).map(|number| format!("3805012345{number:02}")).collect();
    for (number, phone) in phones.iter().enumerate() {
        if number % 2 == 0 {
            stage.recoverable(phone, "somebody@example.org");
        } else {
            let registration = Registration::new(PhoneNumber(phone.clone()), "Somebody");
            stage.state.register_account(registration).unwrap();
        }
    }
    let accounts = phones.iter().enumerate();
    join_all(accounts.map(|(number, phone)| work(&stage, phone, phone, number % 2 == 0))).await;
}

/// Runs alone, as the one above. An allocator does not give back at once what a process held at its busiest; so memory
/// is compared after many clients and after more of them.
pub(crate) fn twenty_clients_at_once_leave_nothing_behind() {
    let held_after = |clients| {
        // A runtime of its own, which takes its threads along.
        block_on(all_at_once(clients));
        block_on(Held::at_rest())
    };
    let [alone, many, more] = [1, 20, 5].map(held_after);
    eprintln!("after one client {alone:?}, after 20 at once {many:?}, after 5 more {more:?}");
    assert_eq!((many.threads, more.threads), (alone.threads, alone.threads));
    assert!(many.descriptors <= alone.descriptors + 8, "{alone:?} became {many:?}");
    more.assert_no_more_than(&many);
}

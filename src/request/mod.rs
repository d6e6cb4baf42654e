//! What a bot asks for and what it gets: the link, the scope, the form, and the answer to the service.
//!
//! A service sends a person to their Telegram app with a link. [`PassportLink::parse`] reads every form of it
//! into a [`PassportRequest`]; scope and public key stay verbatim in there, since the server compares them.
//! [`Scope`] understands the scope, for display and for making requests. The server expands a scope into an
//! [`AuthorizationForm`]: rows, each of them satisfied by one of its alternatives.
//!
//! Whether a person can answer is decided by [`AuthorizationForm::assess`], over what they hold. Its result says
//! for each alternative what is missing or at fault and what would be sent. Only a form without open ends turns
//! into a [`Selection`]; it lists the parts to send, has no other constructor, and is what the engines make
//! credentials from. So a selfie that was not asked for cannot be sent by mistake.
//!
//! In the end [`Outcome::address`] says what to open so that the service learns how it went.
//!
//! What a request asks for, what is missing of it, and that nothing else can be sent:
//!
//! ```
//! use telegram_passport::element::{Date, Element, ElementType, Field};
//! use telegram_passport::request::{
//!     AuthorizationForm, CountryLanguages, Held, RequiredElement, Service, SuitableElement,
//! };
//!
//! let service = Service::new(7_500_000_001, "A bank", Some("bank_bot"));
//! let wanted = [ElementType::Passport, ElementType::IdentityCard];
//! let rows = vec![
//!     RequiredElement::one_of(wanted.map(|kind| SuitableElement::new(kind).with_selfie())),
//!     RequiredElement::from(SuitableElement::new(ElementType::Email)),
//! ];
//! let form = AuthorizationForm::new(service, None, rows, Vec::new())?;
//!
//! let mut address: Element<()> = Element::empty(ElementType::Email);
//! address.set_text(Field::Email, "ada@example.org")?;
//! let held = [Held::new(&address)];
//! let assessment = form.assess(&held, &CountryLanguages::default(), Date::today());
//! let [identity, email] = assessment.rows() else { panic!("two rows were asked for") };
//! assert!(email.alternatives()[0].obstacles().is_empty());
//! assert_eq!(identity.alternatives()[0].obstacles()[0].to_string(), "there is no passport yet");
//! assert!(assessment.select().is_err()); // nothing is sent while a row is open
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assess;
mod assessment;
mod callback;
mod displayed;
mod error;
mod expiry;
mod form;
mod held;
mod json;
mod languages;
mod link;
mod passport_request;
mod remembered;
mod required;
mod scope;
mod selection;

pub use assessment::{AssessedAlternative, AssessedRow, Assessment, Obstacle, Why};
pub use callback::{CallbackError, CallbackUrl, Outcome, ServiceError};
pub use displayed::displayed;
pub use error::{ElementError, ErrorSource, FilesAtFault, Objection};
pub use expiry::Expiry;
pub use form::{AuthorizationForm, Service};
pub use held::Held;
pub use languages::{CountryLanguages, CountryLanguagesError};
pub use link::{LinkError, LinkForm, LinkRemark, Parameter, PassportLink};
pub use passport_request::PassportRequest;
pub use remembered::RememberedObjections;
pub use required::{RequiredElement, RequirementError, SuitableElement};
pub use scope::{Scope, ScopeError, ScopeForm};
pub use selection::{SelectedElement, SelectedPart, Selection, SelectionError};

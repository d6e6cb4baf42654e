//! What logging in calls.

use tdlib_rs::{enums, types};

use crate::tdlib::function::{Done, functions};

functions! {
    /// The parameters every client begins with; `database_encryption_key` is base64.
    SetTdlibParameters<'a>, "setTdlibParameters", {
        use_test_dc: bool,
        database_directory: &'a str,
        files_directory: &'a str,
        database_encryption_key: &'a str,
        use_file_database: bool,
        use_chat_info_database: bool,
        use_message_database: bool,
        use_secret_chats: bool,
        api_id: i32,
        api_hash: &'a str,
        system_language_code: &'a str,
        device_model: &'a str,
        system_version: &'a str,
        application_version: &'a str,
    } -> Done;
    /// Adds a proxy and uses it; queued until the parameters are there.
    AddProxy, "addProxy", { proxy: enums::Proxy, enable: bool } -> enums::AddedProxy;
    /// What TDLib waits for; read by `step::read`.
    GetAuthorizationState, "getAuthorizationState", {} -> serde_json::Value;
    /// Names the account and has a code sent.
    SetAuthenticationPhoneNumber<'a>, "setAuthenticationPhoneNumber" changes, { phone_number: &'a str } -> Done;
    /// Has the code sent the next way.
    ResendAuthenticationCode, "resendAuthenticationCode" changes, {} -> Done;
    /// Proves the phone number.
    CheckAuthenticationCode<'a>, "checkAuthenticationCode" changes, { code: &'a str } -> Done;
    /// Has a code sent to what becomes the login e-mail address.
    SetAuthenticationEmailAddress<'a>, "setAuthenticationEmailAddress" changes, { email_address: &'a str } -> Done;
    /// Proves the login e-mail address.
    CheckAuthenticationEmailCode, "checkAuthenticationEmailCode" changes, {
        code: enums::EmailAddressAuthentication,
    } -> Done;
    /// Signs up.
    RegisterUser<'a>, "registerUser" changes, {
        first_name: &'a str,
        last_name: &'a str,
        disable_notification: bool,
    } -> Done;
    /// Proves the password.
    CheckAuthenticationPassword<'a>, "checkAuthenticationPassword" changes, { password: &'a str } -> Done;
    /// Has a recovery code sent.
    RequestAuthenticationPasswordRecovery, "requestAuthenticationPasswordRecovery" changes, {} -> Done;
    /// Proves the recovery e-mail address.
    CheckAuthenticationPasswordRecoveryCode<'a>, "checkAuthenticationPasswordRecoveryCode", {
        recovery_code: &'a str,
    } -> Done;
    /// Replaces a forgotten password; an empty one is none.
    RecoverAuthenticationPassword<'a>, "recoverAuthenticationPassword" changes, {
        recovery_code: &'a str,
        new_password: &'a str,
        new_hint: &'a str,
    } -> Done;
    /// Asks for a link that another device approves.
    RequestQrCodeAuthentication<'a>, "requestQrCodeAuthentication", { other_user_ids: &'a [i64] } -> Done;
    /// Signs in as a bot.
    CheckAuthenticationBotToken<'a>, "checkAuthenticationBotToken" changes, { token: &'a str } -> Done;
    /// Approves another device's link.
    ConfirmQrCodeAuthentication<'a>, "confirmQrCodeAuthentication" changes, { link: &'a str } -> enums::Session;
    /// Signs out, and deletes the database.
    LogOut, "logOut" changes, {} -> Done;
    /// Asks Telegram itself, and changes nothing.
    GetPasswordState, "getPasswordState", {} -> serde_json::Value;
    /// Where the account is signed in. Read as JSON, of which three fields are wanted.
    GetActiveSessions, "getActiveSessions", {} -> serde_json::Value;
    /// Ends another session.
    TerminateSession, "terminateSession" changes, { session_id: i64 } -> Done;
    /// Who is signed in.
    GetMe, "getMe", {} -> types::User;
}

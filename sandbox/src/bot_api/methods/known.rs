//! The methods that the Bot API has and the sandbox has not, so that they are refused by their names.

/// Bot API 9, from the list of the official server.
#[rustfmt::skip]
const NOT_MODELLED: [&str; 150] = [
    "addStickerToSet", "answerCustomQuery", "answerGuestQuery", "answerInlineQuery", "answerPreCheckoutQuery",
    "answerShippingQuery", "answerWebAppQuery", "approveChatJoinRequest", "approveSuggestedPost",
    "banChatMember", "banChatSenderChat", "closeForumTopic", "closeGeneralForumTopic", "convertGiftToStars",
    "copyMessage", "copyMessages", "createChatInviteLink", "createChatSubscriptionInviteLink",
    "createForumTopic", "createInvoiceLink", "createNewStickerSet", "declineChatJoinRequest",
    "declineSuggestedPost", "deleteAllMessageReactions", "deleteBusinessMessages", "deleteChatPhoto",
    "deleteChatStickerSet", "deleteForumTopic", "deleteMessageReaction", "deleteStickerFromSet",
    "deleteStickerSet", "deleteStory", "editChatInviteLink", "editChatSubscriptionInviteLink",
    "editForumTopic", "editGeneralForumTopic", "editMessageChecklist", "editMessageLiveLocation",
    "editMessageMedia", "editStory", "editUserStarSubscription", "exportChatInviteLink", "forwardMessage",
    "forwardMessages", "getAvailableGifts", "getBusinessAccountGifts", "getBusinessAccountStarBalance",
    "getBusinessConnection", "getChatAdministrators", "getChatGifts", "getChatMember", "getChatMemberCount",
    "getChatMembersCount", "getCustomEmojiStickers", "getForumTopicIconStickers", "getGameHighScores",
    "getManagedBotAccessSettings", "getManagedBotToken", "getMyDefaultAdministratorRights",
    "getMyStarBalance", "getStarTransactions", "getStickerSet", "getUserChatBoosts", "getUserGifts",
    "getUserPersonalChatMessages", "getUserProfileAudios", "getUserProfilePhotos", "giftPremiumSubscription",
    "hideGeneralForumTopic", "kickChatMember", "leaveChat", "pinChatMessage", "postStory",
    "promoteChatMember", "readBusinessMessage", "refundStarPayment", "removeBusinessAccountProfilePhoto",
    "removeChatVerification", "removeMyProfilePhoto", "removeUserVerification", "reopenForumTopic",
    "reopenGeneralForumTopic", "replaceManagedBotToken", "replaceStickerInSet", "repostStory",
    "restrictChatMember", "revokeChatInviteLink", "savePreparedInlineMessage", "savePreparedKeyboardButton",
    "sendAnimation", "sendAudio", "sendChecklist", "sendContact", "sendCustomRequest", "sendDice", "sendGame",
    "sendGift", "sendInvoice", "sendLivePhoto", "sendLocation", "sendMediaGroup", "sendMessageDraft",
    "sendPaidMedia", "sendPoll", "sendSticker", "sendVenue", "sendVideo", "sendVideoNote", "sendVoice",
    "setBusinessAccountBio", "setBusinessAccountGiftSettings", "setBusinessAccountName",
    "setBusinessAccountProfilePhoto", "setBusinessAccountUsername", "setChatAdministratorCustomTitle",
    "setChatDescription", "setChatMemberTag", "setChatPermissions", "setChatPhoto", "setChatStickerSet",
    "setChatTitle", "setCustomEmojiStickerSetThumbnail", "setGameScore", "setManagedBotAccessSettings",
    "setMessageReaction", "setMyDefaultAdministratorRights", "setMyProfilePhoto", "setStickerEmojiList",
    "setStickerKeywords", "setStickerMaskPosition", "setStickerPositionInSet", "setStickerSetThumb",
    "setStickerSetThumbnail", "setStickerSetTitle", "setUserEmojiStatus", "stopMessageLiveLocation",
    "stopPoll", "transferBusinessAccountStars", "transferGift", "unbanChatMember", "unbanChatSenderChat",
    "unhideGeneralForumTopic", "unpinAllChatMessages", "unpinAllForumTopicMessages",
    "unpinAllGeneralForumTopicMessages", "unpinChatMessage", "upgradeGift", "uploadStickerFile", "verifyChat",
    "verifyUser",
];

/// How a method is written, whose name is given in lower case.
pub(super) fn name_of(method: &str) -> Option<&'static str> {
    NOT_MODELLED.into_iter().find(|name| name.eq_ignore_ascii_case(method))
}

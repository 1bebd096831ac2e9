#include "router/reply_options.h"

#include <array>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address_parser.h"
#include "common/mail/encoded_word.h"

namespace gp::router {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;

// What the transport says of the message, and a filter's command in its place.
constexpr std::array<std::string_view, 13> message_options = {
    "to",   "cc",          "bcc", "from", "reply_to",       "subject",     "headers",
    "text", "file_expand", "log", "once", "once_file_size", "once_repeat",
};
constexpr std::array<std::string_view, 3> recipient_options = {"to", "cc", "bcc"};
constexpr std::array<std::string_view, 6> header_options = {"to", "cc", "bcc", "from", "reply_to", "subject"};

std::string* find(Delivery& delivery, std::string_view name)
{
    const auto found = std::ranges::find(delivery.options, name, &Option::name);
    return found == delivery.options.end() ? nullptr : &found->value;
}

void erase(Delivery& delivery, std::string_view name)
{
    std::erase_if(delivery.options, [&](const Option& option) { return option.name == name; });
}

void set(Delivery& delivery, std::string_view name, std::string value)
{
    erase(delivery, name);
    if (!value.empty())
        delivery.options.push_back({std::string(name), std::move(value)});
}

bool is_on(Delivery& delivery, std::string_view name)
{
    const auto* text = find(delivery, name);
    return text && (*text == "true" || *text == "yes");
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

void take_from(const filter::Reply& reply, Delivery& delivery)
{
    for (const auto name : message_options)
        erase(delivery, name);
    erase(delivery, "file");
    // What was folded in the header that an address was taken from is one line again.
    const auto one_line = [](const std::string& text) { return replace_all(text, "\n", " "); };
    set(delivery, "to", one_line(reply.to));
    set(delivery, "cc", one_line(reply.cc));
    set(delivery, "bcc", one_line(reply.bcc));
    set(delivery, "from", one_line(reply.from));
    set(delivery, "reply_to", one_line(reply.reply_to));
    set(delivery, "subject", is_ascii(reply.subject) ? reply.subject : mail::encode_words(reply.subject));
    set(delivery, "headers", reply.headers);
    set(delivery, "text", reply.text);
    set(delivery, "file", reply.file);
    set(delivery, "log", reply.log);
    set(delivery, "once", reply.once);
    if (reply.file_expand)
        set(delivery, "file_expand", "true");
    if (reply.once_repeat)
        set(delivery, "once_repeat", std::to_string(reply.once_repeat) + "s");
    if (reply.return_message)
        set(delivery, "return_message", "true");
}

// Non-printing characters are not permitted in headers, newlines before white space excepted (manual 27). What an option
// makes of a message will not get better by waiting; `settings` is null for a reply that a filter has written.
Status check_headers(Delivery& delivery, bool top_bit_prints, const config::Settings* settings)
{
    for (const auto name : header_options) {
        const auto* text = find(delivery, name);
        if (!text)
            continue;
        for (std::size_t i = 0; i < text->size(); ++i) {
            const char c = (*text)[i];
            const bool folds = c == '\n' && i + 1 < text->size() && ((*text)[i + 1] == ' ' || (*text)[i + 1] == '\t');
            const bool prints = is_printable(c) || c == '\t' || (top_bit_prints && static_cast<unsigned char>(c) >= 128);
            if (!folds && !prints && settings)
                return permanent("Expansion of \"" + escape(settings->expandable(name).text) + "\" in " + delivery.transport +
                                 " transport contains non-printing character " + std::to_string(static_cast<unsigned char>(c)));
            if (!folds && !prints)
                return temporary("non-printing character in \"" + escape(*text) + "\" in " + std::string(name) +
                                 " of the automatic reply");
        }
    }
    return {};
}

std::optional<std::string> name_by_pattern(const Ground& ground, const User& user)
{
    const auto& main = ground.configuration.main.all;
    if (!main.is_set("gecos_pattern") || !main.is_set("gecos_name"))
        return std::nullopt;
    const auto pattern = lookup::Regex::compile(main.text("gecos_pattern"));
    std::vector<lookup::Regex::Span> groups;
    if (!pattern || !pattern->match(user.gecos, groups).value_or(false))
        return std::nullopt;
    expand::Scene scene{ground.world};
    for (const auto& part : lookup::captured(user.gecos, groups))
        scene.captures.values.push_back(Text::clean(part));
    const auto expression = ground.language.parse(main.expandable("gecos_name").text);
    auto name = expression ? expression->expand(scene) : Result<Text>(expression.error());
    if (!name)
        return std::nullopt;
    return std::move(name->text);
}

}

// gecos_name with what gecos_pattern captured; without them, the field up to its first comma, where an
// ampersand is the login with a capital (manual 48.18).
std::string full_name_of(const Ground& ground, const User& user)
{
    if (auto name = name_by_pattern(ground, user))
        return std::move(*name);
    const auto field = std::string_view(user.gecos).substr(0, user.gecos.find(','));
    std::string name;
    for (char c : field) {
        if (c != '&') {
            name += c;
            continue;
        }
        std::string login = user.login;
        if (!login.empty())
            login[0] = to_upper(login[0]);
        name += login;
    }
    return name;
}

Result<ReplyOptions> ReplyOptions::read(const Ground& ground, const conf::Driver& instance)
{
    ReplyOptions made{ground};
    made.never_mail_ = TRY(list_of(ground, instance, "never_mail", match::Kind::address));
    return made;
}

// Quietly; a reply that nobody is left to get is not made.
Status ReplyOptions::drop_never_mail(expand::Scene& scene, Delivery& delivery) const
{
    if (never_mail_.empty())
        return {};
    bool had_any = false, has_any = false;
    for (const auto name : recipient_options) {
        const auto* text = find(delivery, name);
        if (!text)
            continue;
        had_any = true;
        std::string kept;
        for (const auto& item : mail::parse_address_list(*text).items) {
            if (item.parsed && TRY(never_mail_.address(scene, item.parsed->address)))
                continue;
            kept += (kept.empty() ? "" : ", ") + text->substr(item.begin, item.end - item.begin);
        }
        has_any |= !kept.empty();
        set(delivery, name, std::move(kept));
    }
    if (had_any && !has_any)
        set(delivery, "nobody", "true");
    return {};
}

// file_expand: read and expanded here, since the agent knows no language. What a user's file says is not allowed
// what the user could not do.
Status ReplyOptions::expand_file(bool is_foreign, expand::Scene& scene, Delivery& delivery) const
{
    const auto* file = find(delivery, "file");
    if (!file || !is_on(delivery, "file_expand"))
        return {};
    const auto path = file->starts_with('/') ? *file : delivery.home + "/" + *file;
    const auto* home = scene.facts.find("home"); // one that a stranger has named: no file is found by it
    if (!file->starts_with('/') && home && home->tainted())
        return temporary("Tainted '" + escape(path) + "' (file or directory name for " + delivery.transport + " transport) not permitted");
    auto content = ground_->world.effects.files->read(path, largest_file);
    if (!content && is_on(delivery, "file_optional")) {
        erase(delivery, "file");
        return {};
    }
    if (!content) {
        const auto& why = content.error().text;
        const auto end = why.rfind(": ");
        return temporary((end == std::string::npos ? why : why.substr(end + 2)) + ": Failed to open file " + path + " when sending message from " +
                         delivery.transport + " transport: " + why);
    }
    const auto forbidden = scene.forbidden;
    if (is_foreign)
        for (const std::string_view word : {"dlfunc", "exists", "stat", "lookup", "perl", "readfile", "readsocket", "run"})
            scene.forbidden.push_back(word);
    std::string text = find(delivery, "text") ? *find(delivery, "text") + "\n" : std::string{};
    for (std::string_view rest = *content; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto words = expand::expand(scene, Text::clean(std::string(line)));
        if (!words)
            log::debug("transport", "failed to expand line from file \"" + path + "\": " + words.error().text);
        text += (words ? words->text : std::string(line)) + "\n"; // what cannot be expanded stays as it is
    }
    scene.forbidden = forbidden;
    erase(delivery, "file");
    set(delivery, "text", std::move(text));
    return {};
}

Status ReplyOptions::fill(const Candidate& candidate, expand::Scene& scene, Delivery& delivery) const
{
    if (candidate.reply)
        take_from(*candidate.reply, delivery);
    const auto* instance = candidate.reply ? nullptr : ground_->configuration.transport(delivery.transport);
    TRY(check_headers(delivery, ground_->world.site.print_topbitchars, instance ? &instance->settings : nullptr));
    TRY(drop_never_mail(scene, delivery));
    const auto has_nobody = [&](std::string_view name) {
        const auto* text = find(delivery, name);
        return !text || trim(*text).empty();
    };
    if (std::ranges::all_of(recipient_options, has_nobody)) // a reply to nobody is no mistake
        set(delivery, "nobody", "true");
    TRY(expand_file(candidate.reply != nullptr, scene, delivery));
    set(delivery, "return_size_limit", std::to_string(ground_->world.site.bounce_return_size_limit));
    if (delivery.uid == ground_->configuration.main.process.exim_user.id || delivery.uid == ground_->parameters.instance_uid)
        return {}; // nobody in person
    if (const auto user = TRY(find_user(delivery.user)))
        set(delivery, "full_name", full_name_of(*ground_, *user));
    return {};
}

}

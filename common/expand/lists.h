// Lists in the language: a `domains`, `hosts`, `senders` … text, parsed once, expanded and matched when it
// is asked (manual 10.1). For routers, ACLs and options; a constant list is compiled once and stays so.
//
//     const auto list = TRY(expand::ListText::parse(language, match::Kind::domain, "+local_domains : @"));
//     const match::Match match = TRY(list.domain(scene, "example.org"));   // sets nothing; see remember_in
//     if (match) …                                                          // match.value is $domain_data
#pragma once

#include <string>
#include <string_view>

#include "common/expand/expand.h"
#include "common/expand/scene.h"
#include "common/match/list.h"
#include "common/match/match.h"

namespace gp::expand {

// The Asker of real lists: expands in a scene.
class SceneAsker final : public match::Asker {
public:
    explicit SceneAsker(Scene& scene) : scene_(scene) {}
    Result<Text> expand(std::string_view list) override;
    const lookup::Hooks& hooks() override;
    match::Remembered* remembered() override { return scene_.remembered; }
    void tell_missing(Missing what, std::string_view of) override;

private:
    Scene& scene_;
    lookup::Hooks hooks_; // made when they are asked for
};

class ListText {
public:
    ListText() = default; // matches nothing
    static Result<ListText> parse(const Language& language, match::Kind kind, std::string_view text,
                                  Fault* fault = nullptr);
    // The text is meant as it stands, without expansion (the second argument of match_domain).
    static ListText literal(match::Kind kind, std::string text);

    // Compiles a constant list now instead of at its first use: regular expressions become machine code only
    // before the jail. What is wrong with the list is said when it is used.
    void prepare(const match::Lists& lists) const;

    bool empty() const { return text_.empty(); }
    const std::string& source() const { return text_.source(); }
    match::Kind kind() const { return kind_; }

    // While a list is scanned $domain (or $local_part) is the subject, unless `keeps_domain`
    // (sender_domains: the subject is in $sender_address_domain already).
    Result<match::Match> domain(Scene& scene, std::string_view domain, bool keeps_domain = false) const;
    Result<match::Match> local_part(Scene& scene, std::string_view local_part, bool caseful = false) const;
    Result<match::Match> address(Scene& scene, std::string_view address) const;
    Result<match::Match> host(Scene& scene, match::Host& host) const;
    // Addresses only, names never: ignore_target_hosts, match_ip.
    Result<match::Match> ip(Scene& scene, std::string_view address) const;

private:
    Result<match::List> compiled(Scene& scene, bool caseful, bool addresses_only) const;

    match::Kind kind_ = match::Kind::domain;
    Expression text_;
    struct Cache;
    std::shared_ptr<Cache> cache_; // of a constant text
};

// $0, $1 … become those of the match.
void remember_captures(Scene& scene, const match::Match& match);

}

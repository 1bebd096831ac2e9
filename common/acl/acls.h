// The access control lists of a configuration, parsed once (manual chapter 44).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/acl/condition.h"
#include "common/acl/modifier.h"
#include "common/config/problem.h"
#include "common/config/section.h"

namespace gp::acl {

// The fact that an ACL which another one called (acl = …) has discarded.
inline constexpr std::string_view discarded_by_nested = "acl_discarded";
// The fact of a scene that control = wellknown/FILE leaves for whoever ran the ACL: the file's absolute path, clean.
inline constexpr std::string_view wellknown_file = "acl_wellknown_file";

struct Words {
    Registry<Condition> conditions;
    Registry<Modifier> modifiers;
    Registry<Control> controls;
    static Words linked() { return {Registry<Condition>::linked(), Registry<Modifier>::linked(), Registry<Control>::linked()}; }
};

enum class Verb { accept, defer, deny, discard, drop, require, warn };
std::string_view verb_name(Verb verb);
bool is_verb(std::string_view word); // which alone is an ACL in line

struct Clause {
    enum class Kind { condition, modifier, message, log_message, endpass } kind = Kind::condition;
    bool negated = false;
    std::uint32_t allowed_at = where_all;
    std::string name;
    std::unique_ptr<Test> test;
    std::unique_ptr<Action> action;
    expand::Expression text; // message, log_message
    config::Origin origin;
};

struct Statement {
    Verb verb = Verb::deny;
    std::vector<Clause> clauses;
    config::Origin origin;
};

struct Acl {
    std::string name;
    std::vector<Statement> statements;
    config::Origin origin;
};

// The words of an ACL that nobody knows or that act in no version yet are errors with file, line and the
// nearest name.
Acl parse_acl(const config::Acl& source, const expand::Language& language, const Words& words,
              config::Problems& problems);

struct Outcome {
    enum class Verdict { accept, deny, defer, discard, drop } verdict = Verdict::deny;
    std::string user_text; // what the client hears; empty: the usual
    std::string log_text;
    config::Origin decided_by;
    bool is_broken = false; // deferred, because the configuration is wrong
    std::string_view verb = {}; // of the statement that decided; empty: the end of the ACL was reached
};

class AclFiles;

class Acls {
public:
    Acls(const expand::Language& language, Words words);
    ~Acls();
    void add(const config::Acl& source, config::Problems& problems);

    bool has(std::string_view name) const { return acls_.contains(name); }
    // Runs the ACL that `text` names: the name of one in the configuration, or, without such a name, an
    // ACL's own text in line (manual 44.3). "accept" and "deny" alone are such texts.
    // `written`: what `text` was expanded from. An ACL in line that a stranger's words got into is run as it is
    // written: its parts are expanded where they stand, and no stranger's word becomes a part.
    Outcome run(const Text& text, Context& context, const expand::Expression* written = nullptr) const;

private:
    Result<Acl> parse(const std::string& name, std::string_view text) const;
    Result<const Acl*> find(const Text& text, const expand::Expression* written, std::shared_ptr<const Acl>& own) const;

    const expand::Language& language_;
    Words words_;
    std::map<std::string, Acl, std::less<>> acls_;
    std::unique_ptr<AclFiles> files_;
};

}

// keep, discard, fileinto, redirect (RFC 5228 section 4, RFC 3894 for :copy).

#include "common/base/text.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"
#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {
namespace {

using filter::Action;

class Discard final : public Step {
    Result<Flow> obey(Run& run) const override
    {
        run.cancel_keep();
        return Flow::on;
    }
};

// keep is fileinto "inbox" (filter manual 2.7).
class FileInto final : public Step {
public:
    FileInto(std::string folder, bool is_copy) : folder_(std::move(folder)), is_copy_(is_copy) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto folder = folder_.empty() ? run.rules().inbox : TRY(run.expand(folder_));
        if (folder.empty() || folder.find("..") != std::string::npos || folder.find('\0') != std::string::npos)
            return permanent("invalid folder");
        // Variables may hold a stranger's words.
        TRY(run.add({.kind = Action::Kind::save, .text = folder, .is_tainted = folder != folder_ && !folder_.empty()}));
        if (!is_copy_)
            run.cancel_keep();
        return Flow::on;
    }

private:
    const std::string folder_; // empty: the inbox
    const bool is_copy_;
};

// Scripts move between servers: an address without a domain would mean another thing there (manual 2.9).
Result<std::string> checked_address(const std::string& text)
{
    const auto parsed = mail::parse_address(text, {.allow_domain_literals = true});
    if (!parsed)
        return permanent("malformed recipient address \"" + escape(text) + "\" (" + parsed.error().text + ")");
    if (!parsed->has_domain())
        return permanent("unqualified recipient address");
    return parsed->address;
}

class Redirect final : public Step {
public:
    Redirect(std::string address, bool is_copy) : address_(std::move(address)), is_copy_(is_copy) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto address = TRY(checked_address(TRY(run.expand(address_))));
        // To oneself is to keep.
        const auto* own = run.scene().address;
        if (own && mail::same_address(address, std::string(own->local_part) + "@" + std::string(own->domain)))
            TRY(run.add({.kind = Action::Kind::save, .text = run.rules().inbox}));
        else
            TRY(run.add_redirect({.kind = Action::Kind::deliver, .text = address}));
        if (!is_copy_)
            run.cancel_keep();
        return Flow::on;
    }

private:
    const std::string address_;
    const bool is_copy_;
};

Result<bool> is_copy(Parser& parser)
{
    if (!TRY(parser.scanner().tag("copy")))
        return false;
    TRY(parser.needs("copy"));
    return true;
}

Result<StepPtr> keep(Parser& parser)
{
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<FileInto>(std::string{}, false));
}

Result<StepPtr> discard(Parser& parser)
{
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Discard>());
}

Result<StepPtr> file_into(Parser& parser)
{
    const bool copy = TRY(is_copy(parser));
    auto folder = TRY(parser.string("missing folder string"));
    if (folder.empty() || folder.find("..") != std::string::npos)
        return parser.error("invalid folder");
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<FileInto>(std::move(folder), copy));
}

Result<StepPtr> redirect(Parser& parser)
{
    const bool copy = TRY(is_copy(parser));
    auto address = TRY(parser.string("missing redirect string"));
    if (!parser.has("variables")) {
        auto checked = checked_address(std::string(trim(address)));
        if (!checked)
            return parser.error(checked.error().text);
        address = std::move(checked).take();
    }
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Redirect>(std::move(address), copy));
}

const RegisterCommand commands[] = {
    RegisterCommand{{.name = "keep", .parse = keep, .doc = "Into the inbox."}},
    RegisterCommand{{.name = "discard", .parse = discard, .doc = "Nowhere."}},
    RegisterCommand{{.name = "fileinto", .capability = "fileinto", .parse = file_into, .doc = "Into a folder."}},
    RegisterCommand{{.name = "redirect", .parse = redirect, .doc = "To another address."}},
};
const RegisterCapability capabilities[] = {
    RegisterCapability{{.name = "fileinto", .doc = "RFC 5228 section 4.1"}},
    RegisterCapability{{.name = "copy", .doc = "RFC 3894"}},
};

}
}

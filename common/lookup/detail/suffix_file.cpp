#include "common/lookup/detail/suffix_file.h"

#include <idn2.h>

#include <algorithm>

#include "common/lookup/detail/suffix_rules.h"
#include "common/lookup/file_check.h"

namespace gp::lookup {
namespace {

// In UTF-8; what has no such form stays as it is.
std::string readable(const std::string& domain)
{
    char* out = nullptr;
    if (::idn2_to_unicode_8z8z(domain.c_str(), &out, 0) != IDN2_OK)
        return domain;
    std::string made(out);
    ::idn2_free(out);
    return made;
}

class SuffixFile final : public Source {
public:
    SuffixFile(std::string path, FileIdentity identity, std::string_view text, SuffixPart wanted)
        : path_(std::move(path)), identity_(identity), rules_(text), wanted_(wanted)
    {
    }

    Result<Answer> find(const Question& question) override
    {
        const auto key = lower(question.key);
        if (key.find("xn--") == std::string::npos)
            return answer(std::string(part_of(rules_.split(key))));
        const auto domain = readable(key);
        const auto found = part_of(rules_.split(domain));
        return answer(found.empty() ? std::string{} : last_labels(key, std::ranges::count(found, '.') + 1));
    }
    bool is_stale() const override { return FileIdentity::of(path_) != identity_; }

private:
    std::string_view part_of(const SuffixRules::Split& split) const { return wanted_ == SuffixPart::suffix ? split.suffix : split.registered; }

    static Answer answer(std::string found) { return found.empty() ? Answer::none() : Answer::with(std::move(found)); }

    static std::string last_labels(const std::string& domain, std::ptrdiff_t count)
    {
        auto at = domain.size();
        while (count-- > 0 && at != 0 && at != domain.npos)
            at = domain.rfind('.', at - 1);
        return at == domain.npos ? domain : domain.substr(at + 1);
    }

    std::string path_;
    FileIdentity identity_;
    SuffixRules rules_;
    SuffixPart wanted_;
};

}

Result<std::unique_ptr<Source>> open_suffix_file(const Environment& environment, const std::string& path, SuffixPart wanted,
                                                 std::string_view driver)
{
    const auto file = TRY(open_for_search(path, "public suffix lookup", driver));
    const auto text = TRY(read_whole(file.fd.get(), path, environment.settings.lookup_file_size_max));
    return std::unique_ptr<Source>(std::make_unique<SuffixFile>(path, FileIdentity{file.status}, text, wanted));
}

}

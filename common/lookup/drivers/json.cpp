// json: an element of a JSON file (manual 9.3). The key is a list of selectors: numbers for elements of arrays,
// counted from 0, names for members of objects.

#include <nlohmann/json.hpp>

#include <charconv>

#include "common/config/list.h"
#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

constexpr int most_nested = 100;

class JsonFile final : public Source {
public:
    JsonFile(std::string path, FileIdentity identity, nlohmann::json root)
        : path_(std::move(path)), identity_(identity), root_(std::move(root))
    {
    }

    Result<Answer> find(const Question& question) override
    {
        const auto* at = &root_;
        for (const auto& selector : config::split_list(question.key)) {
            at = select(*at, selector);
            if (!at)
                return Answer::none();
        }
        return Answer::with(at->is_string() ? at->get<std::string>()
                                            : at->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    bool is_stale() const override { return FileIdentity::of(path_) != identity_; }

private:
    static const nlohmann::json* select(const nlohmann::json& from, const std::string& selector)
    {
        std::size_t index = 0;
        const auto read = std::from_chars(selector.data(), selector.data() + selector.size(), index);
        if (read.ec == std::errc{} && read.ptr == selector.data() + selector.size())
            return from.is_array() && index < from.size() ? &from[index] : nullptr;
        if (!from.is_object())
            return nullptr;
        const auto member = from.find(selector);
        return member == from.end() ? nullptr : &*member;
    }

    std::string path_;
    FileIdentity identity_;
    nlohmann::json root_;
};

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& path)
{
    auto file = TRY(open_for_search(path, "json search", "json"));
    const auto text = TRY(read_whole(file.fd.get(), path, environment.settings.lookup_file_size_max));
    bool is_too_deep = false;
    const auto watch = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        is_too_deep = is_too_deep || depth > most_nested;
        return true;
    };
    auto root = nlohmann::json::parse(text, watch, /*allow_exceptions=*/false);
    if (root.is_discarded() || is_too_deep)
        return temporary("json error in " + path + (is_too_deep ? ": nested too deeply" : ": it is no JSON text"));
    return std::unique_ptr<Source>(
        std::make_unique<JsonFile>(path, FileIdentity(file.status), std::move(root)));
}

const RegisterLookup self{{
    .name = "json",
    .style = Style::file,
    .open = open,
    .doc = "An element of a JSON file; the key is a list of names and numbers.",
}};

}
}

// Looks at what the parser makes of a text, and notes the constants in it that cannot be right (remarks.h). The parser has
// one only when somebody wants to know.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/expand/remarks.h"
#include "common/expand/scene.h"
#include "common/expand/tree.h"
#include "common/lookup/lookups.h"
#include "common/lookup/search_type.h"
#include "common/match/list.h"

namespace gp::expand {

class Judge {
public:
    using Texts = std::span<const std::unique_ptr<Sequence>>;

    // `into` gets what is noted, and must outlive the judge.
    Judge(const Language& language, Remarks& into);

    void operation(const Operator& operation, std::string_view as_written, std::string_view argument, bool has_argument,
                   const Sequence& subject);
    void item(const Item& item, Texts texts);
    void condition(const Condition& condition, Texts texts);
    void pattern(const Sequence& regular_expression);
    void item_number(const Sequence& number); // of listextract
    void certificate_part(const Sequence& field);
    void lookup(const lookup::SearchType& type, const Sequence& file_or_query);
    void literal_list(match::Kind kind, const std::string& text);

    // What a text expands to with nothing around it; nothing where it fails.
    std::optional<std::string> value_of(std::string_view text);

private:
    void options(const lookup::SearchType& type);
    void dns_query(const Sequence& query);
    void tell(std::string text, std::string hint = {}, bool is_ignored = false);

    Remarks& into_;
    Site site_;
    lookup::Lookups lookups_;
    match::Lists lists_;
    World world_;
    Scene scene_;
};

}

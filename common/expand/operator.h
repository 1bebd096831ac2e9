// Operators: ${name:text}. Each is a file in operators/.
#pragma once

#include <string>
#include <string_view>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::expand {

struct Scene;

struct OperatorCall {
    Scene& scene;
    const Text& subject;        // expanded
    std::string_view argument;  // what follows the name after "_": "3_2" of substr_3_2
    bool has_argument = false;
    std::string_view as_written; // "substr_3_2", for error texts

    // Words made from the subject: they are tainted if it is.
    Text same_taint(std::string words) const
    {
        Text out = Text::clean(std::move(words));
        out.mark(subject);
        return out;
    }
};

struct Operator {
    std::string_view name;
    Result<Text> (*apply)(const OperatorCall& call) = nullptr;
    // For a subject that is one variable with a certificate (manual: md5, sha1, sha256, base64); the subject
    // is then the certificate in DER form.
    Result<Text> (*apply_to_certificate)(const OperatorCall& call) = nullptr;
    std::string_view doc;
};

using RegisterOperator = Registry<Operator>::Entry;

}

// What is told of one part of a MIME message: scan finds it, the ACLs see it as $mime_… variables. Values only.
#pragma once

#include <cstdint>
#include <string>

namespace gp::mail {

struct MimePart {
    std::uint32_t number = 0; // of the message it belongs to, from 0
    std::string type, charset, boundary, filename, disposition, encoding, id, description;
    bool is_multipart = false, is_cover = false;
    bool is_attached = false; // it belongs to a message that is attached
    static void fields(auto& self, auto&& field)
    {
        field("number", self.number);
        field("type", self.type);
        field("charset", self.charset);
        field("boundary", self.boundary);
        field("filename", self.filename);
        field("disposition", self.disposition);
        field("encoding", self.encoding);
        field("id", self.id);
        field("description", self.description);
        field("is_multipart", self.is_multipart);
        field("is_cover", self.is_cover);
        field("is_attached", self.is_attached);
    }
};

// The content of one, as router hears of it.
struct MimeContent {
    std::string file;       // that it was decoded into
    std::uint64_t size = 0; // octets, of the whole
    std::int32_t anomaly = 0;
    std::string anomaly_text;
    std::string start;      // the octets that were asked for
    static void fields(auto& self, auto&& field)
    {
        field("file", self.file);
        field("size", self.size);
        field("anomaly", self.anomaly);
        field("anomaly_text", self.anomaly_text);
        field("start", self.start);
    }
};

}

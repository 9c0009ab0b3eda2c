package dev.tailrace.auth.provider;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** The field of a client certificate that names its device. */
public enum CertificateName {
    /** The subject's common name. */
    CN("common name") {
        @Override
        List<String> of(X509Certificate certificate) {
            List<String> names = new ArrayList<>();
            try {
                for (Rdn part :
                        new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                    Attribute name = part.toAttributes().get("CN");
                    for (int i = 0; name != null && i < name.size(); i++) {
                        names.add(String.valueOf(name.get(i)));
                    }
                }
            } catch (InvalidNameException unreadable) {
                return List.of();
            } catch (NamingException unexpected) {
                throw new IllegalStateException("a name in memory cannot be read", unexpected);
            }
            return names;
        }
    },
    /** A DNS name among the alternative names. */
    SAN_DNS("DNS name") {
        @Override
        List<String> of(X509Certificate certificate) {
            return alternatives(certificate, 2);
        }
    },
    /** The last part of a URI among the alternative names. */
    SAN_URI("URI") {
        @Override
        List<String> of(X509Certificate certificate) {
            return alternatives(certificate, 6).stream()
                    .map(uri -> uri.substring(Math.max(uri.lastIndexOf('/'), uri.lastIndexOf(':')) + 1))
                    .toList();
        }
    };

    private final String words;

    CertificateName(String words) {
        this.words = words;
    }

    /** All names of this kind. */
    abstract List<String> of(X509Certificate certificate);

    private static List<String> alternatives(X509Certificate certificate, int kind) {
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            return all == null
                    ? List.of()
                    : all.stream()
                            .filter(one -> one.get(0).equals(kind))
                            .map(one -> (String) one.get(1))
                            .toList();
        } catch (CertificateParsingException unreadable) {
            return List.of();
        }
    }

    @Override
    public String toString() {
        return words;
    }
}

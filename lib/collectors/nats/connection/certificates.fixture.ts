/** Certificates of a private authority, made by `openssl` in a directory. */
import { execFileSync } from "node:child_process";

const openssl = (directory: string, ...args: string[]) =>
  execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** `<name>.pem` and `<name>.key`, an authority that signs others. */
export function createAuthority(directory: string, name: string): void {
  openssl(
    directory,
    ...["req", "-x509", ...EC, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "2"],
    ...["-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE"],
  );
}

/** `<name>.pem` and `<name>.key`, signed by an authority of that directory, for 127.0.0.1. */
export function createCertificate(directory: string, authority: string, name: string): void {
  openssl(
    directory,
    ...["req", "-x509", ...EC, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "2"],
    ...["-CA", `${authority}.pem`, "-CAkey", `${authority}.key`, "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=IP:127.0.0.1,DNS:nats.test", "-addext", "basicConstraints=CA:FALSE"],
  );
}

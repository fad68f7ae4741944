// The Android library as one AAR: generated, client and adapters, with libbillpay for each ABI.
//
// Not run: there was no Gradle where this was written, and no Android SDK. What was checked: see README.md.
//
//   android/aar/native                       libbillpay for each ABI into build/native (needs the NDK)
//   gradle -p android/aar assembleRelease    the AAR, into build/outputs/aar
//
// The same sources are compiled and tested by Maven: android/test.
plugins {
    id("com.android.library") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.4.21"
    id("maven-publish")
}

val native = layout.buildDirectory.dir("native")
val abis = listOf("arm64-v8a", "armeabi-v7a", "x86_64")

group = "cn.billpay"
version = "0.1.0"

android {
    namespace = "cn.billpay.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += abis }
    }

    sourceSets.named("main") {
        manifest.srcFile("../adapters/src/main/AndroidManifest.xml")
        res.srcDir("../adapters/src/main/res")
        kotlin.srcDirs("../generated/src/main/kotlin", "../client/src/main/kotlin", "../adapters/src/main/kotlin")
        jniLibs.srcDir(native)
    }

    // Mapped from the APK where they lie, on boundaries of 16 KB, and not unpacked.
    packaging { jniLibs { useLegacyPackaging = false } }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    publishing { singleVariant("release") { withSourcesJar() } }
}

kotlin { compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11 } }

dependencies {
    // As an AAR it brings libjnidispatch for each ABI; the jar brings the desktops'. From 5.18 on its pages are 16 KB.
    api("net.java.dev.jna:jna:5.19.1@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
}

// An AAR without the library, or with one that a phone of 16 KB pages cannot map, is none.
val checkNative by tasks.registering(Exec::class) {
    workingDir = projectDir
    commandLine(listOf("./pages") + abis.map { native.get().file("$it/libbillpay.so").asFile.path })
}
tasks.named("preBuild") { dependsOn(checkNative) }

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "billpay-android"
            afterEvaluate { from(components["release"]) }
        }
    }
    // Into a folder; where it goes from there is the publisher's.
    repositories { maven(layout.buildDirectory.dir("repository")) { name = "folder" } }
}
